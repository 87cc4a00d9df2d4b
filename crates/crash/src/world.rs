//! Who lives in a trial: clients that ping all the time, users who fall silent, and users whose settings change.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rig::server::Place;
use rig::smtp::MailServer;
use rusqlite::{Connection, OpenFlags};

use crate::job::{API_KEY, PING_KEY};
use crate::ledger;
use crate::program::faulty_program;

/// Users who ping all the time, and must never be written about.
const CLIENTS: usize = 5;

/// Users who never ping.
const SILENT: usize = 24;

/// Users who ping for some rounds, one fewer each.
const QUITTERS: usize = 5;

/// Users who come and go with the config, and nobody minds.
const EDITED: usize = 4;

/// Rows of history that nobody wants any more.
const OLD_ROWS: i64 = 1_500;

/// The `max_sleep` of those who quit.
pub(crate) const QUITTER_SLEEPS: Duration = Duration::from_secs(3);

/// The longest `max_sleep` of those who never ping.
pub(crate) const SILENT_SLEEPS: Duration = Duration::from_secs(1);

/// To whom all mails go.
pub(crate) const RECIPIENT: &str = "you@example.org";

pub(crate) fn clients() -> impl Iterator<Item = String> {
    (0..CLIENTS).map(|number| format!("client{number}"))
}

pub(crate) fn silent() -> impl Iterator<Item = String> {
    (0..SILENT).map(|number| format!("silent{number}"))
}

/// Returns those who quit, each with the rounds for which it pings.
pub(crate) fn quitters() -> impl Iterator<Item = (String, usize)> {
    (0..QUITTERS).map(|number| (format!("quitter{number}"), 2 * number + 1))
}

/// Returns a folder of the program that can be told where to die, whose mails go to a mail server.
pub(crate) fn place(mail: &MailServer) -> Place {
    let place = Place::new(&config(0)).running(&faulty_program()).with_mail(mail);
    place.with("PING_LISTENER_API_KEY", API_KEY).with("PING_LISTENER_PING_KEY", PING_KEY)
}

/// Counts the mails about those who never ping.
pub(crate) fn about_silent(mail: &MailServer) -> usize {
    mail.mails().iter().filter(|mail| String::from_utf8_lossy(&mail.raw).contains("Subject: silent")).count()
}

/// Returns the config; its editions differ in users that nobody minds.
pub(crate) fn config(edition: u64) -> String {
    let user = |name: String, is_monitored: bool, max_sleep: f64| {
        format!(
            r#""{name}": {{"monitor": {is_monitored}, "max_sleep": {max_sleep}, "email_frequency": 3600}}"#
        )
    };
    let mut users: Vec<_> = clients().map(|name| user(name, true, 5.0)).collect();
    users.extend(
        (0_u8..).zip(silent()).map(|(number, name)| user(name, true, 0.2 + 0.03 * f64::from(number))),
    );
    users.extend(quitters().map(|(name, _)| user(name, true, QUITTER_SLEEPS.as_secs_f64())));
    let is_there = |number: &usize| edition >> number & 1 == 1;
    users.extend((0..EDITED).filter(is_there).map(|number| user(format!("edited{number}"), false, 100.0)));
    format!(
        r#"{{"base_frequency": 0.1, "email_processing_frequency": 0.1, "recipient": "{RECIPIENT}",
             "digest_over": 1000, "users": {{{}}}}}"#,
        users.join(", ")
    )
}

/// Puts history into a database that is older than is kept.
pub(crate) fn age(database: &Path) {
    let connection = Connection::open(database).unwrap();
    let insert = "WITH RECURSIVE hours (hour) AS (SELECT 1 UNION ALL SELECT hour + 1 FROM hours WHERE hour < ?1)
                  INSERT OR IGNORE INTO history (wall_hour, check_id, payload) SELECT hour, 1, x'00' FROM hours";
    connection.execute(insert, [OLD_ROWS]).unwrap();
}

/// Counts what is left of it.
pub(crate) fn old_rows(database: &Path) -> i64 {
    let connection = open(database);
    let count = "SELECT count(*) FROM history WHERE wall_hour <= ?1";
    connection.query_row(count, [OLD_ROWS], |row| row.get(0)).unwrap()
}

/// Returns the managed checks that are down with nobody told yet who is to be told.
pub(crate) fn untold(database: &Path) -> BTreeSet<String> {
    ledger::untold(&open(database), &["sent"])
}

fn open(database: &Path) -> Connection {
    Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}
