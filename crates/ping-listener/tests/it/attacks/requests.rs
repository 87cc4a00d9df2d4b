//! Requests that ask for what is not there, or in a way that two servers could read differently.

use super::{EVIL, Strangers, Table, statuses};
use rig::server::{Place, Server, TESTING_PASSWORD};

const CONFIG: &str = r#"{
  "recipient": "you@example.org",
  "users": {
    "test": {"monitor": true, "max_sleep": 3600, "email_frequency": 3600},
    "keyed": {"monitor": true, "max_sleep": 3600, "email_frequency": 3600, "ping_key": "key-of-the-pump"}
  }
}"#;

/// Row, method, target, more headers, body, statuses that are right.
type Request = (u8, &'static str, &'static str, &'static str, &'static str, &'static str);

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const JSON: &str = "Content-Type: application/json\r\n";
const GZIP: &str = "Content-Type: application/x-www-form-urlencoded\r\nContent-Encoding: gzip\r\n";

/// A change that is asked for by a stranger is refused for its origin before its route is looked at: 403 or 404.
const REQUESTS: &[Request] = &[
    (1, "POST", "/exec_debug", JSON, r#"{"password":"open-sesame","script":"print(1)"}"#, "404"),
    (2, "GET", "/logs?username=..%2f..%2fetc%2fpasswd&year=..&month=..&day=..", "", "", "400"),
    (2, "GET", "/logs?username=..%2f..%2fetc%2fpasswd&year=26&month=11&day=21", "", "", "404"),
    (2, "GET", "/logs?username=%2fetc%2fpasswd%00&year=26&month=11&day=21", "", "", "404"),
    (3, "GET", "/logs?username=test&year=2026&month=2&day=31", "", "", "400"),
    (3, "GET", "/logs?username=test&year=2026&month=2&day=%00", "", "", "400"),
    (3, "GET", "/logs?username=test&year=99999999999&month=2&day=1", "", "", "400"),
    (3, "GET", "/logs?username=test&year=-1&month=-0&day=%2b1", "", "", "400"),
    (3, "GET", "/logs?username=test&year=0000&month=01&day=01", "", "", "400"),
    (3, "GET", "/logs?username=test&year=9999&month=12&day=31", "", "", "200"),
    (4, "POST", "/get_test_config", JSON, r#"{"password":"open-sesame"}"#, "404"),
    (4, "POST", "/get_test_config", JSON, "", "404"),
    (4, "POST", "/update_config", JSON, r#"{"password":"open-sesame","config":{}}"#, "404"),
    (11, "GET", "/testing/ping?username=test", "", "", "405"),
    (11, "GET", "/sign-out", "", "", "405"),
    (11, "GET", "/mails/1/again", "", "", "405"),
    (21, "GET", "/ping?username=keyed&key=", "", "", "404"),
    (21, "GET", "/ping?username=keyed&key=key-of-the-pumq", "", "", "404"),
    (21, "GET", "/ping?username=keyed", "X-Ping-Key: key-of-the\r\n", "", "404"),
    (24, "GET", "/logs?username=keyed&year=26&month=11&day=21", "", "", "404"),
    (
        24,
        "GET",
        "/logs?username=keyed&year=26&month=11&day=21&signature=AAAAAAAAAAAAAAAAAAAAAA",
        "",
        "",
        "404",
    ),
    (24, "GET", "/inbox/1", "", "", "401"),
    (24, "GET", "/inbox/999", "", "", "401"),
    (24, "GET", "/metrics", "X-Forwarded-For: 192.0.2.1\r\n", "", "401"),
    (24, "GET", "/metrics", "Forwarded: for=127.0.0.1\r\n", "", "401"),
    (24, "GET", "/metrics", "Via: 1.1 proxy\r\n", "", "401"),
    (24, "GET", "/metrics", "Sec-Fetch-Site: cross-site\r\n", "", "401"),
    (30, "POST", "/sign-in", GZIP, "\x1f\u{8b}", "415"),
    (31, "GET", "/ping?username=%ff", "", "", "400"),
    (31, "GET", "/ping?username=%00", "", "", "404"),
    (31, "GET", "/ping?username=%F0%9F%8C%B1", "", "", "404"),
    (31, "GET", "/ping?username=.", "", "", "404"),
    (31, "GET", "/ping?username=..", "", "", "404"),
    (31, "GET", "/ping?username=%0d%0aSet-Cookie:%20a=b", "", "", "404"),
    (31, "GET", "/ping", "", "", "400"),
    (31, "GET", "/ping/test", "", "", "404"),
    (31, "GET", "//ping?username=test", "", "", "404"),
    (31, "GET", "/ping%3fusername=test", "", "", "404"),
    (32, "TRACE", "/", "", "", "405"),
    (32, "TRACE", "/ping?username=test", "", "", "405"),
    (32, "CONNECT", "evil.example:80", "", "", "405"),
    (32, "DELETE", "/ping?username=test", "", "", "405"),
    (32, "OPTIONS", "/", EVIL, "", "405"),
    (32, "OPTIONS", "*", "", "", "405"),
    (32, "BREW", "/inbox", "", "", "405"),
    (34, "GET", "/static/..%2f..%2fconfig.json", "", "", "404"),
    (34, "GET", "/static/..%5c..%5cconfig.json", "", "", "404"),
    (34, "GET", "/static/%2fetc%2fpasswd", "", "", "404"),
    (34, "GET", "/static/../config.json", "", "", "404"),
    (34, "GET", "/static//etc/passwd", "", "", "404"),
    (34, "GET", "/static/", "", "", "404"),
    (34, "GET", "/config.json", "", "", "404"),
    (34, "GET", "/data/ping-listener.db", "", "", "404"),
    (35, "GET", "/api/config", "", "", "404"),
    (41, "GET", "/ping?username=test", "Sec-Fetch-Site: cross-site\r\n", "", "403"),
    (41, "GET", "/ping?username=nobody", "Sec-Fetch-Site: cross-site\r\n", "", "403"),
    (41, "POST", "/ping?username=test", FORM, "a=b", "200"),
];

/// Row, what is sent, the bytes, the statuses in the order of the answers.
type Bytes = (u8, &'static str, &'static str, &'static str);

/// Every one ends with the connection, or the test would wait for more.
const BYTES: &[Bytes] = &[
    (
        28,
        "a length and chunks",
        "POST /ping?username=test HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "400",
    ),
    (
        28,
        "chunks and a length, to a page",
        "POST /sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n",
        "400",
    ),
    (
        28,
        "two lengths alike",
        "POST /ping?username=test HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        "400",
    ),
    (
        28,
        "two lengths in one line",
        "POST /ping?username=test HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc",
        "400",
    ),
    (
        28,
        "a length with a sign",
        "POST /ping?username=test HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
        "400",
    ),
    (
        28,
        "a length with a blank before the colon",
        "POST /ping?username=test HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc",
        "400",
    ),
    (
        28,
        "another coding",
        "POST /ping?username=test HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "400",
    ),
    (
        28,
        "chunks by HTTP/1.0",
        "POST /ping?username=test HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "400",
    ),
    (28, "bare line feeds", "GET /ping?username=test HTTP/1.1\nHost: x\n\n", "400"),
    (
        28,
        "a bare line feed among right ones",
        "GET /ping?username=test HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
        "400",
    ),
    (28, "a bare carriage return", "GET /ping?username=test HTTP/1.1\r\nHost: x\rX: y\r\n\r\n", "400"),
    (28, "a folded header", "GET /ping?username=test HTTP/1.1\r\nHost: x\r\n y\r\n\r\n", "400"),
    (28, "a NUL in a header", "GET /ping?username=test HTTP/1.1\r\nHost: x\0y\r\n\r\n", "400"),
    (
        28,
        "bare line feeds behind a chunked body",
        "POST /ping?username=test HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\nHost: x\n\n",
        "200",
    ),
    (
        28,
        "a request behind a chunked body",
        "POST /ping?username=test HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "200",
    ),
    (
        28,
        "two lengths behind a right request",
        "GET /ping?username=test HTTP/1.1\r\nHost: x\r\n\r\nPOST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
        "400",
    ),
    (28, "another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400 closed"),
    (28, "TLS to a plain port", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n", "400"),
    (28, "HTTP/0.9", "GET /ping?username=test\r\n\r\n", "400"),
    (31, "control characters in the target", "GET /ping?username=a\tb HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
    (
        31,
        "raw bytes in the target",
        "GET /ping?username=\u{ff} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "400 404",
    ),
    (
        31,
        "an absolute target",
        "GET http://evil.example/inbox HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "401",
    ),
];

#[test]
fn what_is_not_there_or_is_not_clear_is_refused() {
    let place = Place::new(CONFIG).with("TESTING_PASSWORD", TESTING_PASSWORD);
    let server = place.start();
    let strangers = Strangers::new();
    let mut table = Table::new("Requests");
    let mut answers = String::new();
    for (row, method, target, headers, body, expected) in REQUESTS {
        let is_page_of_ours = *method == "POST" && !headers.contains("Origin");
        let origin = if is_page_of_ours { format!("Origin: {}\r\n", server.url("")) } else { String::new() };
        let answer = strangers.ask(&server, (method, target), &format!("{origin}{headers}"), body);
        let attack = format!("`{method} {target}` {}", headers.trim().replace("\r\n", ", "));
        let is_bounded =
            !answer.body.contains("root:") && answer.header("access-control-allow-origin").is_none();
        let holds = expected.split(' ').any(|code| code == answer.status.to_string()) && is_bounded;
        table.judge(*row, &attack, expected, (answer.status, holds));
        answers.push_str(&answer.head);
        answers.push_str(&answer.body);
    }
    for (row, attack, bytes, expected) in BYTES {
        let raw = strangers.send(&server, bytes);
        table.expect(*row, attack, expected, statuses(&raw));
        answers.push_str(&raw);
    }
    too_much(&server, &strangers, &mut table);
    unprotected(&server, &strangers, &mut table);
    said_too_much(&place, &answers, &mut table);
    let log = server.get("/logs?username=test&year=9999&month=12&day=31");
    table.expect(41, "the server goes on after all that", "200", log.status);
    server.stop();
    table.finish();
}

/// Row 26: what is too long, by lengths that are known at once.
fn too_much(server: &Server, strangers: &Strangers, table: &mut Table) {
    let long = "a".repeat(64 * 1024);
    let name = "a".repeat(4 * 1024);
    let many = "X: y\r\n".repeat(200);
    let chunks = format!("1000\r\n{}\r\n", "x".repeat(0x1000)).repeat(40);
    let origin = format!("Origin: {}\r\n", server.url(""));
    for (row, attack, request, expected) in [
        (26, "an address of 64 KiB", format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"), "414"),
        (
            26,
            "a ping's address of 64 KiB",
            format!("GET /ping?username={long} HTTP/1.1\r\nHost: x\r\n\r\n"),
            "414",
        ),
        (
            31,
            "a name of 4 KiB",
            format!("GET /ping?username={name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
            "404",
        ),
        (26, "a header of 64 KiB", format!("GET / HTTP/1.1\r\nHost: x\r\nX: {long}\r\n\r\n"), "431"),
        (26, "200 headers", format!("GET / HTTP/1.1\r\n{many}\r\n"), "431"),
        (
            26,
            "a body of 10 MiB",
            format!("POST /sign-in HTTP/1.1\r\nHost: x\r\n{origin}Content-Length: 10485760\r\n\r\n"),
            "413",
        ),
        (
            26,
            "chunks without end",
            format!(
                "POST /sign-in HTTP/1.1\r\nHost: x\r\n{origin}Transfer-Encoding: chunked\r\n\r\n{chunks}"
            ),
            "413",
        ),
        (
            26,
            "a ping with a body of 10 MiB",
            "POST /ping?username=test HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\nabc".to_owned(),
            "200",
        ),
    ] {
        table.expect(row, attack, expected, statuses(&strangers.send(server, request)));
    }
}

/// Row 39: what each answer to a reader has to carry. Answers to pings are one plain sentence and carry none of it.
fn unprotected(server: &Server, strangers: &Strangers, table: &mut Table) {
    let session = strangers.sign_in(server);
    let pages =
        ["/", "/inbox", "/mails", "/sign-in", "/metrics", "/health/live", "/static/page.js", "/nothing"];
    for path in pages {
        let answer = strangers.ask(server, ("GET", path), &format!("{session}Accept: text/html\r\n"), "");
        let is_public = path.starts_with("/static/");
        let wanted = [
            (
                "content-security-policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            ),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", if is_public { "public, no-cache" } else { "no-store" }),
        ];
        let missing: Vec<_> =
            wanted.iter().filter(|(name, value)| answer.header(name) != Some(value)).collect();
        table.judge(
            39,
            &format!("{path}: headers that are missing"),
            "none",
            (format!("{missing:?}"), missing.is_empty()),
        );
    }
}

/// Row 33: what no answer says.
fn said_too_much(place: &Place, answers: &str, table: &mut Table) {
    let folder = place.path("").display().to_string();
    let words =
        [&folder, "SQL", "SELECT", "panicked", ".rs:", "rusqlite", env!("CARGO_PKG_VERSION"), "\r\nserver:"];
    let said: Vec<_> = words.into_iter().filter(|word| answers.contains(*word)).collect();
    table.expect(
        33,
        "a folder, SQL, a version or a source line in any of these answers",
        "none",
        match said[..] {
            [] => "none".to_owned(),
            _ => said.join(", "),
        },
    );
}
