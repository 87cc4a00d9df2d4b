//! What the program says when it starts, for people and for programs.

use ping_listener::channels::email::Security;

use super::QUIET;
use rig::server::{PATIENCE, Place};
use rig::smtp::MailServer;

#[test]
fn the_first_line_says_where_everything_is() {
    let place = Place::new(QUIET);
    let server = place.start();
    let line: serde_json::Value = serde_json::from_str(server.log().lines().next().unwrap()).unwrap();
    let address = server.address().to_string();
    assert_eq!(line["address"], address.as_str());
    assert_eq!(line["checks"], 2);
    assert_eq!(line["level"], "INFO");
    assert_eq!(
        line["message"],
        format!(
            "listening on http://{address}; config: config.json; data: data/ping-listener.db; 2 checks; \
             mails go to the local inbox, so MAILS STAY ON THIS MACHINE"
        )
    );
    server.wait_for_line("2 users have no ping_key", PATIENCE);
    server.wait_for_line("TESTING_PASSWORD is not set", PATIENCE);
    server.stop();
}

#[test]
fn with_a_mail_server_the_first_line_names_it() {
    let mail = MailServer::start(Security::Tls);
    let server = Place::new(QUIET).with_mail(&mail).start();
    let expected = format!("mails go to localhost:{} by SMTP over TLS", mail.port());
    server.wait_for_line(&expected, PATIENCE);
    server.stop();
}

#[test]
fn every_line_is_json_for_a_program_and_text_for_a_person() {
    let server = Place::new(QUIET).start();
    for line in server.log().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["timestamp"].is_string() && line["message"].is_string(), "{line}");
    }
    server.stop();
    let server = Place::new(QUIET).with_argument("--log-format").with_argument("human").start();
    let log = server.log();
    let line = log.lines().next().unwrap();
    assert!(line.contains(" INFO listening on http://127.0.0.1:"), "{line}");
    assert!(!log.contains('\u{1b}'), "colours where no terminal is: {log:?}");
    server.stop();
}

#[test]
fn without_a_config_the_sample_is_used_and_said_to_be() {
    let server = Place::bare().start();
    let line = server.wait_for_line("config: the built-in sample config; ", PATIENCE);
    assert!(line.contains("2 checks"), "{line}");
    assert_eq!(server.ping("test1").status, 200);
    server.stop();
}

#[test]
fn without_a_password_the_pages_say_which_variable_to_set_and_all_else_works() {
    let server = Place::new(QUIET).start();
    let page = server.get_with("/", "Accept: text/html\r\n");
    assert_eq!(page.status, 503);
    assert!(page.body.contains("TESTING_PASSWORD"), "{}", page.body);
    assert_eq!(server.get_with("/inbox", "Accept: text/html\r\n").status, 503);
    let answer = server.post("/sign-in", "", "password=");
    assert_eq!((answer.status, answer.header("set-cookie")), (503, None));
    assert_eq!(server.ping("test").status, 200);
    let health = server.get("/health/ready");
    assert_eq!(health.status, 200, "{health:?}; the log says:\n{}", server.log());
    assert_eq!(server.get("/exec_debug").status, 404);
    server.stop();
}

#[test]
fn a_ping_is_answered_with_the_time_of_the_servers_zone() {
    let place = Place::new(QUIET).with("TZ", "Asia/Kathmandu");
    let server = place.start();
    let zone = jiff::tz::TimeZone::get("Asia/Kathmandu").unwrap();
    let wall = || jiff::Timestamp::try_from(std::time::SystemTime::UNIX_EPOCH + wall_time()).unwrap();
    let before = wall();
    let answer = server.ping("test");
    let after = wall();
    let written = jiff::civil::DateTime::strptime("%y/%m/%d %H:%M:%S", &answer.body).unwrap();
    let taken = written.to_zoned(zone).unwrap().timestamp().as_second();
    assert!((before.as_second()..=after.as_second()).contains(&taken), "{}", answer.body);
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
    server.stop();
}

#[expect(clippy::disallowed_methods, reason = "a process of its own lives in real time")]
fn wall_time() -> std::time::Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap()
}
