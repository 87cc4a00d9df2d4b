//! A database that is damaged is not believed any more, and a row in it that makes no sense harms no other.

use std::fs;
use std::path::Path;

use ping_listener::channels::email::Security;

use rig::caller::ask;
use rig::server::{PATIENCE, Place, Server, TESTING_PASSWORD, wait_until};
use rig::smtp::MailServer;

use super::QUIET;

/// The size of a page of the database, of which the first says what the others are.
const PAGE_BYTES: usize = 4_096;

/// The exit status of a server in which something broke.
const BROKEN: i32 = 70;

/// Flips every bit of the head of each page but the first; doing it twice undoes it.
fn flip(database: &Path) {
    let mut bytes = fs::read(database).unwrap();
    for page in bytes.chunks_mut(PAGE_BYTES).skip(1) {
        for byte in &mut page[..64] {
            *byte = !*byte;
        }
    }
    fs::write(database, bytes).unwrap();
}

/// A place whose database lies in its pages, and not in the log.
fn used_place() -> Place {
    let place = Place::new(QUIET);
    let server = place.start();
    assert_eq!(server.ping("test").status, 200);
    server.stop();
    place
}

#[test]
fn a_database_that_is_damaged_under_a_server_ends_it_and_is_refused_until_it_is_mended() {
    let place = used_place();
    let mut server = place.start();
    assert_eq!(server.get("/health/ready").status, 200);
    let address = server.address();
    flip(&place.database());
    wait_until(PATIENCE, "end of health", || {
        let health = ask(address, "GET", "/health/ready", "", "");
        // Whoever looks at pings has the server look at its pages.
        let _ = ask(address, "GET", "/logs?username=test&year=2026&month=1&day=1", "", "");
        health.is_err() || health.is_ok_and(|answer| answer.status == 503)
    });
    assert_eq!(server.wait().code(), Some(BROKEN), "{}", server.log());

    let refused = place.run_server();
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stderr.contains("is damaged or is not a database of ping-listener"),
        "{}",
        refused.stderr
    );
    flip(&place.database());
    let server = place.start();
    assert_eq!(server.ping("test").status, 200);
    server.stop();
}

/// Two users who are late at once.
const TWO_SILENT: &str = r#"{
  "base_frequency": 0.1,
  "email_processing_frequency": 0.1,
  "recipient": "you@example.org",
  "users": {
    "one": {"monitor": true, "max_sleep": 0.1, "email_frequency": 3600},
    "two": {"monitor": true, "max_sleep": 0.1, "email_frequency": 3600}
  }
}"#;

/// Lets two alerts wait for a mail server that is away, and changes the one about the user "one" while nobody looks.
fn start_with_changed(change: &str) -> (MailServer, Place, Server) {
    let mut mail = MailServer::start(Security::Tls);
    let place = Place::new(TWO_SILENT).with_mail(&mail).with("TESTING_PASSWORD", TESTING_PASSWORD);
    mail.stop();
    let server = place.start();
    let session = server.sign_in();
    wait_until(PATIENCE, "two alerts that wait for the mail server", || {
        server.get_with("/metrics", &session).body.contains("ping_listener_outbox_rows{state=\"queued\"} 2\n")
    });
    server.stop();
    let connection = rusqlite::Connection::open(place.database()).unwrap();
    let one = "check_id = (SELECT id FROM checks WHERE name = 'one')";
    assert_eq!(connection.execute(&format!("UPDATE outbox SET {change} WHERE {one}"), []).unwrap(), 1);
    drop(connection);
    mail.restart();
    let server = place.start();
    (mail, place, server)
}

/// Returns the subjects of the first mails that arrive.
fn subjects(mail: &MailServer, count: usize) -> Vec<String> {
    let mails = mail.wait_for_mails(count, PATIENCE);
    let subject =
        |raw: &[u8]| mail_parser::MessageParser::new().parse(raw).unwrap().subject().unwrap().to_owned();
    let mut subjects: Vec<_> = mails.iter().map(|received| subject(&received.raw)).collect();
    subjects.sort_unstable();
    subjects
}

#[test]
fn a_mail_that_the_database_garbles_keeps_no_other_back_and_is_still_told() {
    let (mail, _place, server) = start_with_changed("facts = '{'");
    let told = ["one: a mail of Ping Listener cannot be read", "two disconnection detected"];
    assert_eq!(subjects(&mail, 2), told);
    server.stop();
}

#[test]
fn a_mail_of_a_kind_that_only_a_newer_version_knows_is_given_up_and_shown_and_keeps_no_other_back() {
    let (mail, place, server) = start_with_changed("kind = 'escalation'");
    assert_eq!(subjects(&mail, 1), ["two disconnection detected"]);
    let is_told = |server: &Server| {
        wait_until(PATIENCE, "health that knows of the mail", || {
            server.get("/health/ready").body.contains("mails of an unknown kind were given up")
        });
        let session = server.sign_in();
        let mails = server.get_with("/mails", &session).body;
        assert!(mails.contains("does not know mails of the kind"), "{mails}");
        assert!(mails.contains("escalation"), "{mails}");
        let metrics = server.get_with("/metrics", &session).body;
        assert!(metrics.contains("ping_listener_outbox_rows{state=\"given_up\"} 1\n"), "{metrics}");
    };
    is_told(&server);
    assert_eq!(server.ping("two").status, 200);
    server.stop();
    let server = place.start();
    is_told(&server);
    server.stop();
    assert_eq!(mail.mails().len(), 1);
}
