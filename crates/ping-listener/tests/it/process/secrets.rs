//! Secrets stay secret, whatever goes wrong around them.

use ping_listener::channels::email::Security;

use rig::server::{PATIENCE, Place, Server, Signal, TESTING_PASSWORD};
use rig::smtp::{Act, At, Behaviour, MailServer, PASSWORD};

const PING_KEY: &str = "key-of-the-cellar-pump";
const METRICS_TOKEN: &str = "token-of-the-meters";
const HEARTBEAT_KEY: &str = "key-of-the-heartbeat";

#[test]
fn no_secret_is_in_a_log_a_page_or_a_meter() {
    let mail = MailServer::start(Security::Tls);
    // A server that repeats what it was told.
    mail.behave(Behaviour::at(At::Authentication, Act::Answer("535 5.7.8 wrong: s€cret \"pass\" =word")));
    let place = Place::new(&config())
        .with_mail(&mail)
        .with("TESTING_PASSWORD", TESTING_PASSWORD)
        .with_argument("--log")
        .with_argument("trace");
    let server = place.start();
    server.wait_for_line("mails are not going out", PATIENCE);
    let session = server.sign_in();
    assert_eq!(server.post("/sign-in", "", "password=not-it").status, 401);
    let said =
        [use_keys(&server), read_pages(&server, &session), reload_badly(&place, &server), server.log()];
    server.stop();
    let database = String::from_utf8_lossy(&std::fs::read(place.database()).unwrap()).into_owned();
    for said in said {
        for secret in [PASSWORD, "s€cret", TESTING_PASSWORD, PING_KEY, METRICS_TOKEN, HEARTBEAT_KEY] {
            assert!(!said.contains(secret), "{secret:?} is in {said}");
        }
    }
    assert!(!database.contains(PING_KEY), "the database holds the ping key itself");
}

/// The heartbeat goes to a port where nobody listens.
fn config() -> String {
    format!(
        r#"{{"recipient": "you@example.org", "metrics_token": "{METRICS_TOKEN}",
             "heartbeat_url": "http://127.0.0.1:1/{HEARTBEAT_KEY}",
             "users": {{"pump": {{"monitor": true, "max_sleep": 3600, "email_frequency": 3600, "ping_key": "{PING_KEY}"}}}}}}"#
    )
}

fn use_keys(server: &Server) -> String {
    let mut said = String::new();
    for (path, headers, status) in [
        (format!("/ping?username=pump&key={PING_KEY}"), String::new(), 200),
        ("/ping?username=pump".to_owned(), format!("X-Ping-Key: {PING_KEY}\r\n"), 200),
        (format!("/ping?username=pump&key={PING_KEY}x"), String::new(), 404),
        (format!("/ping?username=nobody&key={PING_KEY}"), String::new(), 404),
        ("/metrics".to_owned(), format!("Authorization: Bearer {METRICS_TOKEN}\r\n"), 200),
        (format!("/logs?username=pump&year=26&month=13&day=1&key={PING_KEY}"), String::new(), 400),
    ] {
        let answer = server.get_with(&path, &headers);
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        said.push_str(&answer.head);
        said.push_str(&answer.body);
    }
    said
}

fn read_pages(server: &Server, session: &str) -> String {
    let mut said = String::new();
    for path in [
        "/",
        "/inbox",
        "/metrics",
        "/health/ready",
        "/health/live",
        "/logs?username=pump&year=26&month=11&day=21",
    ] {
        let headers = format!("{session}Accept: text/html\r\n");
        let answer = server.get_with(path, &headers);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        said.push_str(&answer.head);
        said.push_str(&answer.body);
    }
    said
}

/// Asks for a reload of a file in which a secret stands in the wrong place.
fn reload_badly(place: &Place, server: &Server) -> String {
    let bad =
        config().replace("\"metrics_token\"", "\"metrics_tokn\"").replace("\"ping_key\"", "\"ping_kee\"");
    place.write_config(&bad);
    server.signal(Signal::HUP);
    server.wait_for_line("the config was not reloaded", PATIENCE)
}
