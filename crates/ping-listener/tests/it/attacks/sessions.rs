//! Who tries to be somebody else: guessed passwords, planted cookies, pages of other sites.

use std::io::{Read, Write};
use std::thread;

use rig::caller::{Answer, ask_by, connect_from, exchange};
use rig::server::{PATIENCE, Place, Server, TESTING_PASSWORD, session_of, wait_until};

use super::{EVIL, Strangers, Table, from_own_page, statuses};

const CONFIG: &str = r#"{
  "recipient": "you@example.org",
  "metrics_token": "token-of-the-meters",
  "users": {"test": {"monitor": true, "max_sleep": 3600, "email_frequency": 3600}}
}"#;

const RIGHT: &str = "password=open-sesame";

#[test]
fn nobody_gets_in_by_guessing_planting_or_borrowing() {
    let place = Place::new(CONFIG).with("TESTING_PASSWORD", TESTING_PASSWORD);
    let server = place.start();
    let strangers = Strangers::new();
    let mut table = Table::new("Sessions");
    guess(&server, &strangers, &mut table);
    plant(&server, &strangers, &mut table);
    borrow(&server, &strangers, &mut table);
    lead_astray(&server, &strangers, &mut table);
    let session = strangers.sign_in(&server);
    let mut stream = open_live(&server, &session);
    server.stop();
    table.expect(9, "an open page when the server stops", "closed", rest_of(&mut stream));
    let place = place.with("TESTING_PASSWORD", "another");
    let server = place.start();
    let answer = strangers.ask(&server, ("GET", "/inbox"), &session, "");
    table.expect(9, "a session of before a new password", "401", answer.status);
    table.expect(9, "the password of before", "401", strangers.post(&server, "/sign-in", "", RIGHT).status);
    server.stop();
    table.finish();
}

#[test]
fn by_tls_a_session_is_bound_to_tls_and_to_this_host() {
    let config = CONFIG.replacen('{', r#"{"trusted_proxies": ["127.0.0.1"],"#, 1);
    let server = Place::new(&config).with("TESTING_PASSWORD", TESTING_PASSWORD).start();
    let mut table = Table::new("Sessions by TLS");
    let tls = "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n";
    let origin = format!("Origin: https://{}\r\n", server.address());
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let ask = |method: &str, path: &str, headers: &str, body: &str| {
        rig::caller::ask(server.address(), method, path, &format!("{form}{tls}{headers}"), body).unwrap()
    };
    let answer = ask("POST", "/sign-in", &origin, RIGHT);
    let cookie = answer.header("set-cookie").unwrap_or("none").to_owned();
    let attributes: Vec<_> = cookie.split("; ").skip(1).collect();
    table.expect(13, "the cookie by TLS", "Path=/; HttpOnly; SameSite=Strict; Secure", attributes.join("; "));
    table.judge(
        13,
        "its name by TLS",
        "__Host-session",
        (cookie.split('=').next().unwrap_or_default(), cookie.starts_with("__Host-session=")),
    );
    let session = session_of(&answer);
    table.expect(13, "it opens by TLS", "200", ask("GET", "/inbox", &session, "").status);
    let plain = server.get_with("/inbox", &session).status;
    table.expect(13, "the same without TLS", "401", plain);
    let shorter = session.replace("__Host-session", "session");
    table.expect(
        13,
        "the same under the name for plain HTTP, by TLS",
        "401",
        ask("GET", "/inbox", &shorter, "").status,
    );
    let http = format!("Origin: http://{}\r\n", server.address());
    table.expect(
        10,
        "a change by TLS from a page without TLS",
        "403",
        ask("POST", "/sign-in", &http, RIGHT).status,
    );
    let answer = ask("GET", "/sign-in?token=x", "", "");
    table.expect(
        39,
        "by TLS",
        "max-age=31536000",
        answer.header("strict-transport-security").unwrap_or("none"),
    );
    // A header that the client sent itself stands left of what the proxy adds.
    let forged = (0..12).map(|nth| {
        let headers =
            format!("{form}X-Forwarded-For: 203.0.113.{nth}, 192.0.2.7\r\nX-Forwarded-Proto: http\r\n{http}");
        rig::caller::ask(server.address(), "POST", "/sign-in", &headers, "password=wrong").unwrap().status
    });
    table.expect(
        6,
        "11 wrong passwords through a trusted proxy with forged addresses",
        "429",
        forged.fold(0, |_, status| status),
    );
    server.stop();
    table.finish();
}

/// Rows 5 to 8.
fn guess(server: &Server, strangers: &Strangers, table: &mut Table) {
    let guesser = strangers.next();
    let wrong = |headers: &str| {
        let headers = from_own_page(server, headers);
        let mut stream = connect_from(guesser, server.address()).unwrap();
        ask_by(&mut stream, "POST", "/sign-in", &headers, "password=wrong").unwrap()
    };
    // At once, so that nobody waits for ten delays; the last of them is over the limit.
    let answers: Vec<Answer> = thread::scope(|scope| {
        let tries: Vec<_> = (0..11).map(|_| scope.spawn(|| wrong(""))).collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let limited: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    table.expect(5, "11 wrong passwords from one address: those told to wait", "1", limited.len());
    let wait = limited.first().and_then(|answer| answer.header("retry-after")?.parse().ok()).unwrap_or(0);
    table.judge(5, "how long they have to wait", "up to 900 s", (wait, (1..=900).contains(&wait)));
    let right = strangers.post(server, "/sign-in", "", RIGHT);
    table.expect(5, "then the right one from another address", "303", right.status);
    for forwarded in
        ["X-Forwarded-For: 192.0.2.1\r\n", "X-Real-IP: 192.0.2.2\r\n", "Forwarded: for=192.0.2.3\r\n"]
    {
        table.expect(6, &format!("once more, with `{}`", forwarded.trim()), "429", wrong(forwarded).status);
    }
    let one = format!(
        "POST /sign-in HTTP/1.1\r\nHost: {}\r\n{}Content-Length: 14\r\n\r\npassword=wrong",
        server.address(),
        from_own_page(server, "")
    );
    let mut stream = connect_from(guesser, server.address()).unwrap();
    let last = one.replacen("Host", "Connection: close\r\nHost", 1);
    let raw = exchange(&mut stream, format!("{}{last}", one.repeat(3)).as_bytes()).unwrap();
    table.expect(5, "more of them on one connection that stays open", "429 429 429 429", statuses(&raw));
    for (attack, form, expected) in [
        ("a prefix of the password", "password=open-sesam", "401"),
        ("the password and more", "password=open-sesame2", "401"),
        ("no password", "password=", "401"),
        ("no field of a form", "", "401"),
        ("a password of 2 KiB", &format!("password={}", "a".repeat(2_048)), "413"),
        ("a link's token that was never given", "token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "401"),
    ] {
        table.expect(8, attack, expected, strangers.post(server, "/sign-in", "", form).status);
    }
}

/// Rows 9 and 13.
fn plant(server: &Server, strangers: &Strangers, table: &mut Table) {
    let planted = "Cookie: session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";
    let answer = strangers.post(server, "/sign-in", planted, RIGHT);
    let session = session_of(&answer);
    table.judge(
        9,
        "signing in with a planted cookie",
        "a new one",
        ("a new one", !planted.starts_with(session.trim())),
    );
    let status = |session: &str| strangers.ask(server, ("GET", "/inbox"), session, "").status;
    table.expect(9, "the planted cookie afterwards", "401", status(planted));
    table.expect(9, "the new one", "200", status(&session));
    let cookie = answer.header("set-cookie").unwrap_or_default();
    let attributes: Vec<_> = cookie.split("; ").skip(1).collect();
    table.expect(13, "the cookie on plain HTTP", "Path=/; HttpOnly; SameSite=Strict", attributes.join("; "));
    let renewed = session_of(&strangers.post(server, "/sign-in", &session, RIGHT));
    table.expect(9, "the session of before signing in again", "401", status(&session));
    table.expect(
        9,
        "two cookies of one name, the planted one first",
        "401",
        status(&format!("{}; {}", planted.trim(), renewed.trim_start_matches("Cookie: "))),
    );
    let mut stream = open_live(server, &renewed);
    let out = strangers.post(server, "/sign-out", &renewed, "");
    table.expect(9, "signing out", "303", out.status);
    table.expect(9, "the session afterwards", "401", status(&renewed));
    table.expect(9, "an open page of it", "closed", rest_of(&mut stream));
}

/// Rows 10 and 12.
fn borrow(server: &Server, strangers: &Strangers, table: &mut Table) {
    let session = strangers.sign_in(server);
    let host = server.address();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for headers in [
        EVIL.to_owned(),
        "Origin: null\r\n".to_owned(),
        format!("Origin: http://{host}.evil.example\r\n"),
        format!("Origin: http://sibling.{host}\r\n"),
        "Origin: http://127.0.0.1\r\n".to_owned(),
        format!("Origin: http://{host}\r\nSec-Fetch-Site: cross-site\r\n"),
        format!("Origin: http://{host}\r\nSec-Fetch-Site: same-site\r\n"),
        "Sec-Fetch-Site: none\r\n".to_owned(),
        format!("Referer: http://{host}/\r\n"),
        String::new(),
    ] {
        let attack = if headers.is_empty() { "no word of its origin" } else { headers.trim() };
        for path in ["/testing/ping", "/sign-out", "/mails/1/again", "/sign-in"] {
            let headers = format!("{form}{session}{headers}");
            let answer =
                strangers.ask(server, ("POST", path), &headers, "username=test&password=open-sesame");
            let attack = format!("POST {path} with a session and `{}`", attack.replace("\r\n", ", "));
            table.expect(10, &attack, "403", answer.status);
        }
    }
    let answer = strangers.ask(server, ("GET", "/inbox"), &format!("{session}{EVIL}"), "");
    let allowed = answer.header("access-control-allow-origin").unwrap_or("none");
    table.expect(12, "reading with a session from another site: who may see it", "none", allowed);
    table.expect(
        10,
        "the session after all that",
        "200",
        strangers.ask(server, ("GET", "/inbox"), &session, "").status,
    );
}

/// Rows 14, 15 and 37.
fn lead_astray(server: &Server, strangers: &Strangers, table: &mut Table) {
    for next in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "https:evil.example",
    ] {
        let answer =
            strangers.post(server, &format!("/sign-in?next={next}"), "", &format!("next={next}&{RIGHT}"));
        table.expect(
            14,
            &format!("signing in with next={next}"),
            "/",
            answer.header("location").unwrap_or("none"),
        );
    }
    let session = strangers.sign_in(server);
    let headers = format!("{session}Accept: text/html\r\n");
    let answer = strangers.post(server, "/testing/ping", &headers, "username=test&back=//evil.example");
    table.expect(
        14,
        "a ping from a page that lies elsewhere",
        "/",
        answer.header("location").unwrap_or("none"),
    );
    let page = strangers.ask(server, ("GET", "/sign-in?token=%22%3E%3Cscript%3E"), "", "");
    table.judge(
        37,
        "a forged link by GET",
        "a page, and no script in it",
        (page.status, page.status == 200 && !page.body.contains("\"><script>")),
    );
    table.expect(
        37,
        "a forged link by POST",
        "401",
        strangers.post(server, "/sign-in", "", "token=%22%3E").status,
    );
}

/// Opens the stream of a page that is kept up to date, and waits for its first event.
fn open_live(server: &Server, session: &str) -> std::net::TcpStream {
    let mut stream = rig::caller::connect(server.address()).unwrap();
    write!(stream, "GET /live HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{session}\r\n", server.address())
        .unwrap();
    let mut seen = Vec::new();
    wait_until(PATIENCE, "first event", || {
        let mut chunk = [0; 4_096];
        let count = stream.read(&mut chunk).unwrap();
        seen.extend_from_slice(&chunk[..count]);
        String::from_utf8_lossy(&seen).contains("data: ")
    });
    stream
}

/// Reads until the server closes, which has to be soon.
fn rest_of(stream: &mut std::net::TcpStream) -> String {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => "closed".to_owned(),
        Err(error) => error.to_string(),
    }
}
