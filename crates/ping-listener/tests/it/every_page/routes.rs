//! Which routes answer with a page, asked of the server itself, so that a new page cannot be forgotten.

use std::io::{BufRead, BufReader, Write};

use http::Method;
use ping_listener::app::routes;
use ping_listener::explaining::unique_key::unique_key;
use rig::caller::connect;
use rig::server::Server;

use super::checks::BACKUP;
use super::history::{Life, yesterday};
use crate::api::KEY;

/// HTML that is no page by itself, and whose it is.
const PARTS: [&str; 1] = [
    // What the form to edit a check shows beside its fields.
    "/checks/preview",
];

/// Returns the routes that answer with HTML and are not among those seen, and those seen that answer with none.
pub(super) fn without_a_look(life: &Life, seen: &[&str]) -> Vec<String> {
    let server = life.place.start();
    let session = server.sign_in();
    // The answer to a form tells how a page about a key is to be found.
    server.post("/settings/keys", &session, "opens=ping");
    let settings = server.get_with("/settings", &session).body;
    let key = settings.split("/settings/keys/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let mut breaches = Vec::new();
    for route in routes().iter().filter(|route| route.method == Method::GET) {
        let path = filled(route.path, &life.uuids[BACKUP], &key);
        let head = head_of(&server, &path, &session);
        let is_page = head.contains("\ncontent-type: text/html") && !PARTS.contains(&route.path);
        if is_page != seen.contains(&route.path) {
            breaches.push(format!("{path} for {}: {head}", route.path));
        }
    }
    server.stop();
    breaches
}

/// Puts something that exists in the place of what stands for any.
fn filled(path: &str, uuid: &str, key: &str) -> String {
    let unique_key = unique_key(uuid.parse().unwrap());
    let filled = [
        ("{unique_key}", &*unique_key),
        ("{uuid}", uuid),
        ("{code}", uuid),
        ("{date}", &*yesterday()),
        ("{n}", "2"),
        ("{number}", "1"),
        ("{id}", key),
        ("{file}", "style.css"),
        ("{name}", "config"),
        ("{version}", "v3"),
        ("{signal}", "log"),
        ("{project}", uuid),
        ("{key}", KEY),
        ("{states}", "2"),
        ("{ping_key}", "nobody-has-this"),
        ("{badge_key}", "nobody-has-this"),
        ("{signature}", "none"),
        ("{slug}", "none"),
    ]
    .into_iter()
    .fold(path.to_owned(), |path, (any, one)| path.replace(any, one));
    assert!(!filled.contains('{'), "say what stands for the part of {filled}");
    if path == "/logs" {
        let date = yesterday();
        let [year, month, day] = date.split('-').collect::<Vec<_>>().try_into().unwrap();
        return format!("/logs?username=front+door&year={}&month={month}&day={day}", &year[2..]);
    }
    if path == "/sign-in" { format!("{filled}?token=x") } else { filled }
}

/// Reads no more than the head of the answer: some routes have answers without an end.
fn head_of(server: &Server, path: &str, session: &str) -> String {
    let mut stream = connect(server.address()).unwrap();
    let host = server.address();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n{session}\r\n").unwrap();
    let lines = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    lines.map(|line| line.to_ascii_lowercase()).collect::<Vec<_>>().join("\n")
}
