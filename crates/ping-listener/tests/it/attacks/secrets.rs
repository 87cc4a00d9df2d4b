//! Secrets, and what a program of another user on the same machine could see of them.

use std::fs;

use rig::server::{Place, TESTING_PASSWORD};

use super::{Strangers, Table};

const PING_KEY: &str = "key-of-the-cellar-pump";
const METRICS_TOKEN: &str = "token-of-the-meters";

/// The logs, the pages, the meters and the database are searched in `process/secrets.rs`.
#[test]
fn a_neighbour_on_the_machine_sees_no_secret() {
    let place = Place::new(&format!(
        r#"{{"recipient": "you@example.org", "metrics_token": "{METRICS_TOKEN}",
             "users": {{"pump": {{"monitor": true, "max_sleep": 3600, "email_frequency": 3600, "ping_key": "{PING_KEY}"}}}}}}"#
    ))
    .with("TESTING_PASSWORD", TESTING_PASSWORD);
    let server = place.start();
    let strangers = Strangers::new();
    let session = strangers.sign_in(&server);
    let token = session.trim().rsplit('=').next().unwrap().to_owned();
    let mut table = Table::new("Secrets");
    let hits = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        let secrets = [TESTING_PASSWORD, PING_KEY, METRICS_TOKEN, &token];
        secrets.into_iter().filter(|secret| text.contains(*secret)).count()
    };
    let proc = |name: &str| fs::read(format!("/proc/{}/{name}", server.pid())).unwrap();
    table.expect(35, "ps: the command line", "0", hits(&proc("cmdline")));
    table.expect(35, "ps: the name", "0", hits(&proc("comm")));
    for page in ["/", "/inbox", "/mails", "/metrics", "/logs?username=pump&year=26&month=11&day=21"] {
        let answer = strangers.ask(&server, ("GET", page), &format!("{session}Accept: text/html\r\n"), "");
        table.expect(
            35,
            &format!("{page}, signed in"),
            "0",
            hits(format!("{}{}", answer.head, answer.body).as_bytes()),
        );
    }
    let page = strangers.ask(&server, ("GET", "/"), &format!("{session}Accept: text/html\r\n"), "").body;
    let is_masked = page.contains("metrics_token") && page.contains("public_url");
    table.judge(
        4,
        "the config in force, behind the login",
        "shown, secrets as set or not",
        ("shown", is_masked),
    );
    table.expect(35, "the log", "0", hits(server.log().as_bytes()));
    server.stop();
    for entry in fs::read_dir(place.data()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        table.expect(35, &format!("the data folder: {name}"), "0", hits(&fs::read(&path).unwrap()));
    }
    table.finish();
}

/// Row 36: what is missing is said, and nothing runs unprotected.
#[test]
fn what_protects_is_there_or_the_server_is_not() {
    let mut table = Table::new("Protection");
    let config = r#"{"recipient": "you@example.org", "users": {}}"#;
    let server = Place::new(config).start();
    let answer = server.get_with("/", "Accept: text/html\r\n");
    let says = answer.status == 503 && answer.body.contains("TESTING_PASSWORD");
    table.judge(36, "no password is set: the page", "503, naming TESTING_PASSWORD", (answer.status, says));
    for password in ["", "password=", "token="] {
        let answer = server.post("/sign-in", "", password);
        table.expect(36, &format!("no password is set: signing in with `{password}`"), "503", answer.status);
    }
    table.expect(36, "no password is set: the inbox", "401 503", server.get("/inbox").status);
    server.stop();
    for (attack, place) in [
        ("only SMTP_LOGIN", Place::new(config).with("SMTP_LOGIN", "a@example.org")),
        ("only SMTP_PASSWORD", Place::new(config).with("SMTP_PASSWORD", "secret")),
        ("an empty TESTING_PASSWORD_FILE", Place::new(config).with("TESTING_PASSWORD_FILE", "/dev/null")),
        (
            "a TESTING_PASSWORD_FILE that is not there",
            Place::new(config).with("TESTING_PASSWORD_FILE", "absent"),
        ),
    ] {
        let ended = place.run_server();
        table.expect(36, attack, "78", ended.code.map_or("none".to_owned(), |code| code.to_string()));
    }
    let ended = Place::new(config).run(&["--listen", "0.0.0.0:0"]);
    table.expect(36, "open to others and no way for mails", "78", ended.code.map_or(0, |code| code));
    for (attack, config) in CONFIGS {
        let ended = Place::new(config).run(&["check-config"]);
        table.expect(22, &format!("a config with {attack}"), "78", ended.code.map_or(0, |code| code));
    }
    let deep = format!(r#"{{"users": {{}}, "_note": {}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let ended = Place::new(&deep).run(&["check-config"]);
    table.expect(22, "a config 10,000 levels deep", "78", ended.code.map_or(0, |code| code));
    table.finish();
}

/// Row 22, and the recipients of row 18.
const CONFIGS: &[(&str, &str)] = &[
    ("an unknown key", r#"{"users": {}, "role": "admin"}"#),
    (
        "an unknown key of a user",
        r#"{"users": {"a": {"monitor": false, "max_sleep": 3, "email_frequency": 3, "role": "admin"}}}"#,
    ),
    ("a key twice", r#"{"users": {}, "digest_over": 3, "digest_over": 4}"#),
    ("NaN", r#"{"users": {}, "base_frequency": NaN}"#),
    ("1e999", r#"{"users": {}, "base_frequency": 1e999}"#),
    (
        "a number as long as a day",
        r#"{"users": {}, "base_frequency": 99999999999999999999999999999999999999}"#,
    ),
    (
        "a line end in a name",
        r#"{"users": {"a\r\nBcc: x@evil.example": {"monitor": false, "max_sleep": 3, "email_frequency": 3}}}"#,
    ),
    (
        "a NUL in a name",
        r#"{"users": {"a\u0000": {"monitor": false, "max_sleep": 3, "email_frequency": 3}}}"#,
    ),
    ("a second command in a recipient", r#"{"users": {}, "recipient": "a@b>\r\nRCPT TO:<c@evil.example"}"#),
    ("two recipients in one", r#"{"users": {}, "recipient": "a@b,c@evil.example"}"#),
    (
        "half a surrogate in a name",
        r#"{"users": {"\ud800": {"monitor": false, "max_sleep": 3, "email_frequency": 3}}}"#,
    ),
];
