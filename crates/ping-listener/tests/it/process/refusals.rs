//! What keeps the program from starting: it says so in words that help, with a status that fits, and damages nothing.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;

use ping_listener::channels::email::Security;
use rusqlite::config::DbConfig;

use super::{QUIET, SILENT};
use rig::server::{Ended, PATIENCE, Place, wait_until};
use rig::smtp::{LOGIN, MailServer, PASSWORD};

/// Settings have to be mended.
const MISCONFIGURED: Option<i32> = Some(78);

/// Something else keeps the program from its work.
const FAILED: Option<i32> = Some(1);

#[test]
fn a_bad_config_is_refused_with_every_error_and_its_place() {
    let place = Place::new(
        r#"{
  "base_frequency": -1,
  "users": {
    "test": {"monitor": "maybe", "max_slep": 3, "email_frequency": 5},
    "test": {"monitor": true, "max_sleep": 3, "email_frequency": 5}
  }
}"#,
    );
    let expected = "\
ping-listener: config.json:2:21: base_frequency: expected a number of seconds from 0 to 315360000, found -1
ping-listener: config.json:4:5: users.test.max_sleep: expected a number of seconds from 0 to 315360000, found nothing; the key is required
ping-listener: config.json:4:25: users.test.monitor: expected true or false, found the string \"maybe\"
ping-listener: config.json:4:34: users.test.max_slep: unknown key; did you mean \"max_sleep\"?
ping-listener: config.json:5:5: users.test: given twice, on line 4 and on line 5
ping-listener: 5 errors in config.json
";
    for ended in [place.run_server(), place.run(&["check-config"]), place.run(&["serve"])] {
        assert_eq!((ended.code, ended.stderr.as_str()), (MISCONFIGURED, expected));
    }
    assert!(!place.data().exists(), "a data folder was made for a config that is of no use");
}

#[test]
fn a_config_and_an_environment_that_are_both_bad_are_told_together() {
    let place = Place::new("{").with("SMTP_PORT", "no");
    let ended = place.run_server();
    assert_says(&ended, MISCONFIGURED, &["config.json:1:", "SMTP_PORT: expected a whole number"]);
}

#[test]
fn a_config_that_is_named_and_missing_is_not_replaced_by_the_sample() {
    let ended = Place::bare().with_argument("--config").with_argument("absent.json").run_server();
    assert_says(&ended, MISCONFIGURED, &["absent.json: cannot be read"]);
}

#[test]
fn half_of_the_credentials_are_refused() {
    let ended = Place::new(QUIET).with("SMTP_LOGIN", LOGIN).run_server();
    assert_says(&ended, MISCONFIGURED, &["SMTP_PASSWORD: expected one for SMTP_LOGIN"]);
    let ended = Place::new(QUIET).with("SMTP_PASSWORD", PASSWORD).run_server();
    assert_says(&ended, MISCONFIGURED, &["SMTP_LOGIN: expected one for SMTP_PASSWORD"]);
}

#[test]
fn a_server_that_others_can_reach_needs_a_way_for_its_mails() {
    let place = Place::new(QUIET);
    let ended = place.run(&["--listen", "0.0.0.0:0"]);
    assert_says(&ended, MISCONFIGURED, &["SMTP_LOGIN and SMTP_PASSWORD: expected both", "\"inbox\""]);
}

#[test]
fn credentials_that_got_lost_keep_no_alert_here_in_silence() {
    let mail = MailServer::start(Security::Tls);
    let place = Place::new(SILENT).with_mail(&mail);
    let server = place.start();
    wait_until(PATIENCE, "mail that is accepted", || {
        server.get("/metrics").body.contains("ping_listener_outbox_rows{state=\"sent\"} 1\n")
    });
    server.stop();
    let place = place.with("SMTP_LOGIN", "").with("SMTP_PASSWORD", "");
    let words = ["SMTP_LOGIN and SMTP_PASSWORD: expected both", "mails left from this data folder before"];
    assert_says(&place.run_server(), MISCONFIGURED, &words);
    place.write_config(&SILENT.replacen('{', r#"{"mail": "inbox","#, 1));
    place.start().stop();
}

#[test]
fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let place = Place::new(QUIET);
    let ended = place.run(&["--listen", &address]);
    assert_says(&ended, FAILED, &[&format!("cannot listen on {address}"), "in use", "--listen"]);
}

#[test]
fn a_second_process_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let place = Place::new(QUIET);
    let first = place.start();
    let ended = place.run_server();
    assert_says(&ended, FAILED, &["the data folder data is in use by another ping-listener", "--data"]);
    assert_eq!(first.ping("test").status, 200);
    first.stop();
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let place = Place::new(QUIET);
    fs::write(place.path("file"), "mine").unwrap();
    for folder in ["file", "/proc/ping-listener"] {
        let ended = place.run(&["--listen", "127.0.0.1:0", "--data", folder]);
        assert_says(&ended, FAILED, &[&format!("cannot write in the data folder {folder}"), "--data"]);
    }
    assert_eq!(fs::read_to_string(place.path("file")).unwrap(), "mine");
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_as_it_is() {
    for ended_in_order in [true, false] {
        let place = used_place();
        let connection = rusqlite::Connection::open(place.database()).unwrap();
        // What a program that crashed leaves behind: a log that was not taken into the file.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !ended_in_order).unwrap();
        connection.pragma_update(None, "user_version", 999).unwrap();
        drop(connection);
        assert_eq!(place.path("data/ping-listener.db-wal").exists(), !ended_in_order);
        let words =
            ["data/ping-listener.db was written by a newer version", "999", "restore a backup made before"];
        assert_refused_untouched(&place, &words);
    }
}

#[test]
fn a_damaged_database_is_refused_and_left_as_it_is() {
    let damages: [fn(&mut Vec<u8>); 4] = [
        |bytes| *bytes = b"Dear diary, this is a text and no database at all.\n".repeat(200),
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes.iter_mut().skip(4_096).for_each(|byte| *byte = !*byte),
        |bytes| bytes[..16].copy_from_slice(b"SQLite format 9\0"),
    ];
    for damage in damages {
        let place = used_place();
        let mut bytes = fs::read(place.database()).unwrap();
        damage(&mut bytes);
        fs::write(place.database(), bytes).unwrap();
        let words = ["data/ping-listener.db is damaged or is not a database", "restore it from a backup"];
        assert_refused_untouched(&place, &words);
    }
}

#[test]
fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    let place = Place::new(QUIET);
    fs::create_dir(place.data()).unwrap();
    let connection = rusqlite::Connection::open(place.database()).unwrap();
    connection.execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    drop(connection);
    assert_refused_untouched(&place, &["data/ping-listener.db", "it belongs to another program"]);
}

/// Returns a folder with a database in which something stands.
fn used_place() -> Place {
    let place = Place::new(QUIET);
    let server = place.start();
    assert_eq!(server.ping("test").status, 200);
    server.stop();
    place
}

fn assert_refused_untouched(place: &Place, words: &[&str]) {
    let before = contents(&place.data());
    let ended = place.run_server();
    assert_says(&ended, FAILED, words);
    let after = contents(&place.data());
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&before), names(&after));
    // Not compared by `assert_eq`: nobody wants to read a database on the screen.
    for (name, bytes) in &before {
        assert!(*bytes == after[name], "{name} was changed");
    }
}

/// Returns every file of a data folder, but those by which processes keep out of each other's way.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
    let files = named.filter(|(name, _)| name != "lock" && !name.ends_with("-shm"));
    files.map(|(name, path)| (name, fs::read(path).unwrap())).collect()
}

fn assert_says(ended: &Ended, code: Option<i32>, words: &[&str]) {
    assert_eq!(ended.code, code, "{ended:?}");
    for words in words {
        assert!(ended.stderr.contains(words), "{words:?} is not in {}", ended.stderr);
    }
}
