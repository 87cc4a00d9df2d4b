//! Row 23: every route of the program, by every method, for everybody, compared with a list that somebody has read.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use http::Method;
use ping_listener::api::answers_at;
use ping_listener::app::routes;
use ping_listener::http::routes::Policy;
use rig::server::{PATIENCE, Place, Server, TESTING_PASSWORD, wait_until};

use serde_json::Value;

use super::{EVIL, Strangers, from_own_page};
use crate::api::{KEY as API_KEY, READ_KEY};

/// What each route answers to whom. To change it, run the test: it says what came in the same form.
const LIST: &str = include_str!("policy.txt");

const KEY: &str = "key-of-the-pump";
const PING_KEY: &str = "key-of-all-slugs";

/// The slug of a check that the first ping made.
const SLUG: &str = "pump-log";
const TOKEN: &str = "token-of-the-meters";
const METRICS_KEY: &str = "key-of-the-operators";

/// As long as a key of the interface, and none.
const NO_KEY: &str = "0123456789abcdefghijklmnopqrstuv";

/// Whoever may come, and what each brings.
const CALLERS: [&str; 8] =
    ["machine", "stranger", "key", "token", "session", "elsewhere", "reader", "writer"];

/// Methods that are taken somewhere, and two that nobody takes.
const METHODS: [&str; 5] = ["GET", "HEAD", "POST", "PUT", "DELETE"];

/// The columns that a path takes.
const PATH_COLUMNS: usize = 44;

/// Right for every form there is.
const FORM: &str = "password=open-sesame&username=pump&title=Status&opens=ping";

/// What a proxy adds, so that the caller is not on this machine.
const PROXIED: &str = "X-Forwarded-For: 192.0.2.1\r\n";

#[test]
fn every_route_answers_everybody_as_the_list_says() {
    let place = Place::new(&format!(
        r#"{{"base_frequency": 0.1, "email_processing_frequency": 0.1, "recipient": "you@example.org",
             "metrics_token": "{TOKEN}",
             "users": {{"pump": {{"monitor": true, "max_sleep": 0.1, "email_frequency": 3600, "ping_key": "{KEY}"}}}}}}"#
    ))
    .with("TESTING_PASSWORD", TESTING_PASSWORD)
    .with("PING_LISTENER_PING_KEY", PING_KEY)
    .with("PING_LISTENER_API_KEY", API_KEY)
    .with("PING_LISTENER_API_KEY_READONLY", READ_KEY)
    .with("PING_LISTENER_METRICS_KEY", METRICS_KEY);
    let server = place.start();
    assert_eq!(server.get(&format!("/ping/{PING_KEY}/{SLUG}?create=1")).status, 201);
    let strangers = Strangers::new();
    let session = strangers.sign_in(&server);
    wait_until(PATIENCE, "mail in the inbox", || server.get_with("/inbox/1", &session).status == 200);
    let paths: BTreeSet<_> = routes().iter().map(|route| route.path).collect();
    let mut came = format!("{:<PATH_COLUMNS$}{:<7}", "route", "method");
    for caller in CALLERS {
        write!(came, " {caller:<9}").unwrap();
    }
    for path in paths {
        for method in METHODS {
            write!(came, "\n{path:<PATH_COLUMNS$}{method:<7}").unwrap();
            for caller in CALLERS {
                let status = ask_as(caller, &server, &strangers, method, path);
                write!(came, " {status:<9}").unwrap();
            }
        }
    }
    let came: Vec<_> = came.lines().map(str::trim_end).collect();
    let listed: Vec<_> = LIST.lines().filter(|line| !line.starts_with('#')).collect();
    let differing: Vec<_> = came.iter().filter(|line| !listed.contains(line)).collect();
    let missing: Vec<_> = listed.iter().filter(|line| !came.contains(line)).collect();
    assert!(
        differing.is_empty() && missing.is_empty(),
        "came and is not in the list:\n{differing:#?}\nis in the list and did not come:\n{missing:#?}\nall that came:\n{}",
        came.join("\n")
    );
    server.stop();
}

/// What the list cannot say: a policy means that nobody else gets anything.
#[test]
fn the_list_opens_nothing_that_a_policy_closes() {
    for route in routes() {
        let lines: Vec<Vec<&str>> = LIST
            .lines()
            .map(|line| line.split_whitespace().collect())
            .filter(|words: &Vec<&str>| words[0] == route.path && words[1] == route.method.as_str())
            .collect();
        let [line] = &lines[..] else { panic!("{} {} has {} lines", route.method, route.path, lines.len()) };
        let (stranger, session, elsewhere) = (line[3], line[6], line[7]);
        if is_of_interface(route.path) {
            assert_eq!((session, elsewhere), (stranger, stranger), "a session opens nothing here: {line:?}");
            let opens = |status: &&str| ["200", "201", "301", "409"].contains(status);
            assert_eq!(opens(&stranger), route.policy == Policy::Everybody, "{line:?}");
            assert!(line[2..].iter().any(opens), "nobody may: {line:?}");
            continue;
        }
        match route.policy {
            Policy::SignedIn => assert_eq!(stranger, "401", "{line:?}"),
            Policy::Proven => assert!(["401", "404"].contains(&stranger), "{line:?}"),
            Policy::Everybody => assert_ne!(stranger, "401", "{line:?}"),
        }
        assert!(["200", "303", "404", "422"].contains(&session), "{line:?}");
        // Pings need no more than a name.
        let is_for_programs = ["/ping", "/{"].iter().any(|base| route.path.starts_with(base));
        if route.method == Method::POST && !is_for_programs {
            assert_eq!(elsewhere, "403", "{line:?}");
        }
    }
}

/// Asks once, with what this caller has; a session is a new one, because one of the routes ends it.
fn ask_as(caller: &str, server: &Server, strangers: &Strangers, method: &str, path: &str) -> u16 {
    let key = if caller == "key" { format!("key={KEY}&") } else { String::new() };
    let filled = if is_of_interface(path) { filled_anew(path, caller, server) } else { filled(path, caller) };
    let target = format!("{filled}?{key}username=pump&year=26&month=11&day=21&token=x&for=20m");
    let has_session = ["session", "elsewhere"].contains(&caller);
    let session = if has_session { strangers.sign_in(server) } else { String::new() };
    let own = match caller {
        "machine" => String::new(),
        "token" => format!("{PROXIED}Authorization: Bearer {TOKEN}\r\nX-Metrics-Key: {METRICS_KEY}\r\n"),
        "reader" => format!("{PROXIED}{}", with_key(READ_KEY)),
        "writer" => format!("{PROXIED}{}", with_key(API_KEY)),
        _ => format!("{PROXIED}{session}"),
    };
    let headers = if caller == "elsewhere" {
        format!(
            "Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: cross-site\r\n{EVIL}{own}"
        )
    } else {
        from_own_page(server, &own)
    };
    let body = match method {
        "POST" if is_of_interface(path) => "{}",
        "POST" => FORM,
        _ => "",
    };
    let (address, length) = (server.address(), body.len());
    let head =
        format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n{headers}");
    status_of(&mut strangers.connect(server), &format!("{head}\r\n{body}"))
}

fn is_of_interface(path: &str) -> bool {
    path == "/api" || answers_at(path)
}

/// Shows a key of the interface wherever one is looked for.
fn with_key(key: &str) -> String {
    format!("X-Api-Key: {key}\r\nAuthorization: Bearer {key}\r\n")
}

/// Reads no more than the first line of the answer: one route has an answer without an end.
fn status_of(stream: &mut TcpStream, request: &str) -> u16 {
    stream.write_all(request.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    status.unwrap_or_else(|| panic!("no status in {line:?} after {request}"))
}

/// Puts something that exists in the place of what stands for any, but for keys: those have only who has keys. Nobody
/// knows a UUID.
fn filled(path: &str, caller: &str) -> String {
    let ping_key = if caller == "key" { PING_KEY } else { "another-key" };
    [
        ("{number}", "1"),
        ("{id}", "1"),
        ("{file}", "style.css"),
        ("{name}", "config"),
        ("{unique_key}", "0000000000000000000000000000000000000000"),
        ("{uuid}", "00000000-0000-4000-8000-000000000000"),
        ("{ping_key}", ping_key),
        ("{slug}", SLUG),
        ("{signal}", "start"),
    ]
    .into_iter()
    .fold(path.to_owned(), |path, (any, one)| path.replace(any, one))
}

/// Puts something new into an address of the interface: a check with a tag and a ping, as one of the routes deletes it.
fn filled_anew(path: &str, caller: &str, server: &Server) -> String {
    let key = with_key(API_KEY);
    let made = server.post("/api/v3/checks/", &key, r#"{"tags": "etl"}"#);
    let check: Value = serde_json::from_str(&made.body).unwrap();
    let uuid = check["uuid"].as_str().unwrap();
    assert_eq!(server.post(&format!("/ping/{uuid}"), "", "well").status, 200);
    let badge = match path {
        "/b/{states}/{file}" => check["badge_url"].clone(),
        "/badge/{badge_key}/{file}" => badges(server)["*"]["svg"].clone(),
        "/badge/{badge_key}/{signature}/{file}" => badges(server)["etl"]["svg"].clone(),
        _ => Value::Null,
    };
    if let Some(url) = badge.as_str() {
        return url.trim_start_matches(server.url("").trim_end_matches('/')).to_owned();
    }
    [
        ("{version}", "v3"),
        ("{code}", uuid),
        ("{n}", "1"),
        ("{project}", uuid),
        ("{key}", if caller == "reader" { READ_KEY } else { NO_KEY }),
    ]
    .into_iter()
    .fold(path.to_owned(), |path, (any, one)| path.replace(any, one))
}

/// Returns the addresses of all badges.
fn badges(server: &Server) -> Value {
    let listed = server.get_with("/api/v3/badges/", &with_key(API_KEY));
    serde_json::from_str::<Value>(&listed.body).unwrap()["badges"].take()
}
