//! What the mail server got and what the database says of it, compared after each death.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use rig::smtp::Received;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

/// What is known of all mails of a trial.
#[derive(Default)]
pub(crate) struct Ledger {
    /// How often each mail was accepted, by its Message-ID.
    accepted: BTreeMap<String, usize>,
    /// Mails that the database holds for sent.
    sent: BTreeSet<String>,
    /// Mails that were being sent when the program died.
    leased: BTreeSet<String>,
    /// Users with a first alert, in whatever state.
    reported: BTreeSet<String>,
    /// How long the program has listened in all by what it knows itself, or `None` before its first sign of life.
    pub(crate) listened: Option<Duration>,
    /// Mails of the mail server that are entered here.
    pub(crate) entered: usize,
    /// Those of them that are about managed checks.
    about_jobs: BTreeSet<String>,
    /// Mails that were accepted before.
    pub(crate) twice: usize,
}

impl Ledger {
    /// Enters what the mail server accepted since the last time, all from one process.
    pub(crate) fn enter(&mut self, mails: &[Received]) {
        let mut from_this_process = BTreeMap::<String, usize>::new();
        for mail in &mails[self.entered..] {
            let message = mail_parser::MessageParser::new().parse(&mail.raw).unwrap();
            let subject = message.subject().unwrap();
            let is_about = |names: &[&str]| names.iter().any(|name| subject.starts_with(name));
            let is_about_job = is_about(&["job"]);
            assert!(is_about_job || is_about(&["silent", "quitter"]), "a false alarm: {subject}");
            let id = message.message_id().unwrap().split('@').next().unwrap().to_owned();
            assert!(!self.sent.contains(&id), "{subject}: sent again after it was known to be sent");
            *from_this_process.entry(id.clone()).or_default() += 1;
            if is_about_job {
                self.about_jobs.insert(id);
            }
        }
        self.entered = mails.len();
        for (id, count) in from_this_process {
            // The mail server may have been told the last word of a process after we looked.
            let most = if self.leased.contains(&id) { 2 } else { 1 };
            assert!(count <= most, "{id}: sent {count} times by one process");
            let accepted = self.accepted.entry(id).or_default();
            self.twice += count - usize::from(*accepted == 0);
            *accepted += count;
        }
    }

    /// Looks at a copy of the database of a process that died, so that the next one finds all as it was left.
    pub(crate) fn look(&mut self, database: &Path, copy: &Path) {
        let Some(connection) = copied(database, copy) else { return };
        let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        if version == 0 {
            return;
        }
        let keys = |state: &str| {
            column(&connection, &format!("SELECT message_key FROM outbox WHERE state = '{state}'"))
        };
        self.sent = keys("sent");
        self.leased = keys("leased");
        let names = "SELECT name FROM outbox JOIN checks ON checks.id = check_id WHERE kind = 'alert'";
        self.reported = column(&connection, names);
        // Before the first gap is the first start.
        let listened = "SELECT service - (SELECT coalesce(sum(until - since), 0) FROM gaps) FROM stamp";
        let micros: Option<i64> = connection.query_row(listened, [], |row| row.get(0)).optional().unwrap();
        self.listened = micros.map(|micros| Duration::from_micros(u64::try_from(micros).unwrap()));
        let untold = untold(&connection, &["queued", "leased", "sent"]);
        assert!(untold.is_empty(), "{untold:?} went down, and nobody is told");
        for id in &self.sent {
            assert!(self.accepted.contains_key(id), "{id}: held for sent, and the mail server never had it");
        }
    }

    /// Counts the mails about declared checks that the mail server accepted at least once.
    pub(crate) fn mails(&self) -> usize {
        self.accepted.len() - self.about_jobs.len()
    }

    /// Tells whether a user has a first alert: queued, sent or given up, but there.
    pub(crate) fn is_reported(&self, user: &str) -> bool {
        self.reported.contains(user)
    }
}

/// Returns the managed checks that are down with mails to be sent of it, and no such mail in one of these states.
pub(crate) fn untold(connection: &Connection, states: &[&str]) -> BTreeSet<String> {
    let states = states.join("', '");
    let query = format!(
        "SELECT name FROM managed JOIN managed_states ON managed_states.id = managed.id
         WHERE is_told AND state = 'down' AND NOT EXISTS (SELECT 1 FROM outbox
             WHERE check_id = managed.id AND incident = down_number AND kind = 'alert' AND state IN ('{states}'))"
    );
    column(connection, &query)
}

fn column(connection: &Connection, query: &str) -> BTreeSet<String> {
    let mut statement = connection.prepare(query).unwrap();
    let values = statement.query_map([], |row| row.get(0)).unwrap();
    values.map(Result::unwrap).collect()
}

/// Copies a database with its log and opens the copy; `None` if there is none yet.
fn copied(database: &Path, copy: &Path) -> Option<Connection> {
    let log = |file: &Path| file.with_extension("db-wal");
    for old in [copy.to_owned(), log(copy), copy.with_extension("db-shm")] {
        // What was not there need not go.
        let _ = fs::remove_file(old);
    }
    if !fs::metadata(database).is_ok_and(|metadata| 0 < metadata.len()) {
        return None;
    }
    fs::copy(database, copy).unwrap();
    if log(database).exists() {
        fs::copy(log(database), log(copy)).unwrap();
    }
    Some(Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap())
}
