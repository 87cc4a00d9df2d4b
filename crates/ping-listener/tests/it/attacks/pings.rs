//! Attacks on the ping addresses of Healthchecks' clients: guessed keys, bodies without measure, requests in requests.

use std::io::Write as _;

use rig::caller::connect;
use rig::server::{Place, Server};

use super::{Strangers, Table, statuses};

const PING_KEY: &str = "key-of-all-slugs";

/// A UUID that no check has.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// More than anybody's log; bodies of up to this are taken off a client's hands.
const LARGE: usize = 2_621_440;

fn start() -> Server {
    let config = r#"{"recipient": "you@example.org", "users": {"test": {"monitor": true, "max_sleep": 3600, "email_frequency": 3600}}}"#;
    let server = Place::new(config).with("PING_LISTENER_PING_KEY", PING_KEY).start();
    assert_eq!(server.get(&format!("/ping/{PING_KEY}/job?create=1")).status, 201);
    server
}

#[test]
fn pings_without_the_right_key_are_refused_and_make_nothing() {
    let server = start();
    let strangers = Strangers::new();
    let mut table = Table::new("Ping keys");
    for (row, path, expected) in [
        (21, format!("/ping/{NOBODY}"), "404"),
        (21, format!("/{NOBODY}/start"), "404"),
        (21, "/ping/key-of-all-slugt/job".to_owned(), "404"),
        (21, "/ping/key-of-all-slug/job".to_owned(), "404"),
        (21, "/ping/key-of-all-slugss/job?create=1".to_owned(), "404"),
        (21, "/ping/KEY-OF-ALL-SLUGS/job".to_owned(), "404"),
        (21, "/ping//job".to_owned(), "404"),
        (21, "/x/job?create=1".to_owned(), "404"),
        (31, format!("/ping/{PING_KEY}/../inbox"), "404"),
        (31, format!("/ping/{PING_KEY}/%2e%2e"), "404"),
        (31, format!("/ping/{PING_KEY}/job%00"), "404"),
        (31, format!("/ping/{PING_KEY}/job%0d%0aSet-Cookie:%20a=b"), "404"),
        (31, format!("/ping/{PING_KEY}/job/99999999999999999999999999"), "400"),
        (31, format!("/ping/{PING_KEY}/job?rid=%27%20OR%201=1"), "400"),
        (31, format!("/ping/{PING_KEY}/{}?create=1", "a".repeat(4_000)), "400"),
        (34, "/static/..%2f..%2fconfig.json".to_owned(), "404"),
        (34, "/ping/..%2fstatic/job".to_owned(), "404"),
    ] {
        for method in ["GET", "POST", "DELETE"] {
            // What is no ping at all goes to the pages, which refuse a method or another site's form first.
            let expected = if method == "GET" { expected.to_owned() } else { format!("{expected} 403 405") };
            let answer = strangers.ask(&server, (method, &path), "", "");
            table.expect(
                row,
                &format!("`{method} {}`", path.get(..80).unwrap_or(&path)),
                &expected,
                answer.status,
            );
        }
    }
    table.expect(21, "the right key afterwards", "200", server.get(&format!("/{PING_KEY}/job")).status);
    server.stop();
    table.finish();
}

#[test]
fn bodies_are_measured_and_nothing_hides_in_them() {
    let server = start();
    let strangers = Strangers::new();
    let mut table = Table::new("Bodies of pings");
    let job = format!("/ping/{PING_KEY}/job");
    let post = |headers: &str, body: &str| format!("POST {job} HTTP/1.1\r\nHost: x\r\n{headers}\r\n{body}");
    let hidden = "GET /inbox HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let chunks = format!("10000\r\n{}\r\n", "x".repeat(0x10000)).repeat(LARGE / 0x10000 + 8);
    for (row, attack, request, expected) in [
        (26, "a stated length of 10 MiB", post("Content-Length: 10485760\r\n", "abc"), "400"),
        (26, "a stated length of 2^64", post("Content-Length: 18446744073709551616\r\n", "abc"), "400"),
        (26, "chunks without end", post("Transfer-Encoding: chunked\r\n", &chunks), "200"),
        (
            26,
            "chunks of an endless extension",
            post("Transfer-Encoding: chunked\r\n", &format!("1;{}", "x".repeat(100_000))),
            "400",
        ),
        (
            28,
            "a length and chunks",
            post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            "400",
        ),
        (28, "two lengths", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), "400"),
        (
            28,
            "a request behind a chunked body",
            post("Transfer-Encoding: chunked\r\n", &format!("0\r\n\r\n{hidden}")),
            "200",
        ),
        (
            28,
            "a request as a body",
            post(&format!("Connection: close\r\nContent-Length: {}\r\n", hidden.len()), hidden),
            "200",
        ),
        (
            28,
            "chunks by HTTP/1.0",
            format!("POST {job} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            "400",
        ),
        (28, "bare line feeds", format!("GET {job} HTTP/1.1\nHost: x\n\n"), "400"),
        (
            30,
            "a compressed body, kept as it is",
            post("Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n", "\x1f!"),
            "200",
        ),
    ] {
        table.expect(row, attack, expected, statuses(&strangers.send(&server, request)));
    }
    slow(&server, &job, &mut table);
    table.expect(41, "a ping after all that", "200", server.get(&job).status);
    server.stop();
    table.finish();
}

/// Row 25: bodies that stall are cut after ten seconds, and count.
fn slow(server: &Server, job: &str, table: &mut Table) {
    let streams: Vec<_> = (0..50)
        .map(|_| {
            let mut stream = connect(server.address()).unwrap();
            let head = format!("POST {job} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\nbegin");
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    table.expect(25, "a ping while 50 bodies stall", "200", server.get(job).status);
    let answers =
        streams.into_iter().map(|mut stream| statuses(&rig::caller::exchange(&mut stream, b"").unwrap()));
    let cut = answers.filter(|status| status == "200").count();
    table.expect(25, "50 bodies that stall: kept as far as they came", "50", cut);
}
