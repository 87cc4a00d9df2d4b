//! A changed config comes into force whole, or not at all, and everybody can see which.

use std::fs;

use ping_listener::channels::email::Security;

use super::QUIET;
use rig::server::{PATIENCE, Place, Server, Signal, TESTING_PASSWORD, wait_until};
use rig::smtp::MailServer;

/// A key is misspelt.
const BAD: &str = r#"{"users": {"test": {"monitor": false, "max_slep": 3, "email_frequency": 5}}}"#;

#[test]
fn a_new_file_in_the_place_of_the_old_one_is_put_in_force_by_itself() {
    let place = Place::new(QUIET);
    let server = place.start();
    assert_eq!(server.ping("newcomer").status, 404);
    place.write_config(&with_newcomer());
    server.wait_for_line("1 users added", PATIENCE);
    assert_eq!(server.ping("newcomer").status, 200);
    assert_eq!(server.ping("test").status, 200);
    assert_eq!(server.wait_for_lines("the config was reloaded", 1, PATIENCE).len(), 1);
    server.stop();
}

#[test]
fn a_file_that_is_written_over_is_put_in_force_by_itself() {
    let place = Place::new(QUIET);
    let server = place.start();
    fs::write(place.path("config.json"), with_newcomer()).unwrap();
    server.wait_for_line("1 users added", PATIENCE);
    assert_eq!(server.ping("newcomer").status, 200);
    server.stop();
}

#[test]
fn a_hang_up_puts_the_config_in_force_again_where_the_file_cannot_be_watched() {
    let place = Place::new(QUIET);
    let elsewhere = Place::new(&with_newcomer());
    fs::create_dir(place.path("link")).unwrap();
    let link = place.path("link").join("config.json");
    std::os::unix::fs::symlink(place.path("config.json"), &link).unwrap();
    let place = place.with_argument("--config").with_argument(link.to_str().unwrap());
    let server = place.start();
    // What the link leads to changes, and nothing in the folder that is watched.
    fs::copy(elsewhere.path("config.json"), place.path("config.json")).unwrap();
    server.signal(Signal::HUP);
    server.wait_for_line("1 users added", PATIENCE);
    assert_eq!(server.ping("newcomer").status, 200);
    server.stop();
}

#[test]
fn a_bad_file_is_refused_while_the_old_config_stays_and_a_good_one_ends_the_trouble() {
    let mail = MailServer::start(Security::Tls);
    let place = Place::new(QUIET).with_mail(&mail).with("TESTING_PASSWORD", TESTING_PASSWORD);
    let server = place.start();
    let session = server.sign_in();
    assert_ready(&server, r#"{"status":"ok","reasons":[]}"#);
    place.write_config(BAD);
    let line = server.wait_for_line("the config was not reloaded, and the old one stays in force", PATIENCE);
    assert!(line.contains("users.test.max_slep: unknown key"), "{line}");
    assert_eq!(server.ping("test").status, 200);
    assert_ready(&server, r#"{"status":"degraded","reasons":["the changed config was refused"]}"#);
    assert!(server.get("/metrics").body.contains("ping_listener_config_reload_success 0\n"));
    for page in ["/", "/inbox"] {
        let page = server.get_with(page, &session);
        let told = "users.test.max_sleep: expected a number of seconds from 0 to 315360000, found nothing";
        assert!(page.body.contains(told) && page.body.contains("; 2 errors in config.json"), "{}", page.body);
    }
    assert!(server.get_with("/settings", &session).body.contains("users.test.max_slep: unknown key"));
    place.write_config(&with_newcomer());
    server.wait_for_line("1 users added", PATIENCE);
    assert_ready(&server, r#"{"status":"ok","reasons":[]}"#);
    assert!(server.get("/metrics").body.contains("ping_listener_config_reload_success 1\n"));
    assert!(!server.get_with("/", &session).body.contains("max_slep:"));
    server.stop();
}

#[test]
fn a_hang_up_with_a_bad_file_does_not_end_the_program() {
    let place = Place::new(QUIET);
    let server = place.start();
    fs::remove_file(place.path("config.json")).unwrap();
    server.signal(Signal::HUP);
    server.wait_for_line("the config was not reloaded", PATIENCE);
    assert_eq!(server.ping("test").status, 200);
    server.stop();
}

#[test]
fn a_file_that_loses_most_of_its_users_is_refused_until_a_restart() {
    let user = |number: usize| {
        format!(r#""user{number}": {{"monitor": false, "max_sleep": 60, "email_frequency": 60}}"#)
    };
    let config =
        |count| format!(r#"{{"users": {{{}}}}}"#, (0..count).map(user).collect::<Vec<_>>().join(", "));
    let place = Place::new(&config(20));
    let server = place.start();
    place.write_config(&config(5));
    server.wait_for_line("the config was not reloaded", PATIENCE);
    assert_eq!(server.ping("user19").status, 200);
    server.stop();
    let server = place.start();
    assert_eq!(server.ping("user19").status, 404);
    assert_eq!(server.ping("user4").status, 200);
    server.stop();
}

fn with_newcomer() -> String {
    QUIET.replace(
        r#""users": {"#,
        r#""users": {"newcomer": {"monitor": true, "max_sleep": 3600, "email_frequency": 3600},"#,
    )
}

/// The report follows the log line within a moment.
fn assert_ready(server: &Server, expected: &str) {
    let mut found = String::new();
    wait_until(PATIENCE, expected, || {
        let answer = server.get("/health/ready");
        assert_eq!(answer.status, 200);
        found = answer.body;
        found == expected
    });
}
