//! Attacks on the real program, each with what was sent, what is expected and what came; the rows are those of a list
//! of what other monitors had to mend.

mod failures;
mod mails;
mod pages;
mod pings;
mod policy;
mod requests;
mod resources;
mod secrets;
mod sessions;

use std::cell::Cell;
use std::fmt::{Display, Write as _};
use std::net::{Ipv4Addr, TcpStream};

use rig::caller::{Answer, ask_by, connect_from, exchange};
use rig::server::{Server, TESTING_PASSWORD, session_of};

/// The header that a page of another site sends with a change.
const EVIL: &str = "Origin: https://evil.example\r\n";

/// Rows of the list that are tried elsewhere, or of which a part cannot be tried, and why.
const NOT_HERE: [(u8, &str); 7] = [
    (
        16,
        "scripts: a real browser looks for dialogs and breaches of the policy on all pages in `forms/markup.rs`",
    ),
    (19, "texts with dots and commands: `mail/contents.rs`, and the fuzz target of the mails"),
    (20, "there are no webhooks"),
    (23, "the list of `policy.rs`"),
    (29, "the list has no such row"),
    (
        35,
        "core dumps: nothing here may read the memory of the process; its folder, log and command line are searched",
    ),
    (38, "there is no inbound SMTP"),
];

/// The last row of the list.
const ROWS: u8 = 41;

#[test]
fn every_row_of_the_list_is_tried_or_says_why_not() {
    let sources = [
        include_str!("attacks/failures.rs"),
        include_str!("attacks/mails.rs"),
        include_str!("attacks/pages.rs"),
        include_str!("attacks/pages/answers.rs"),
        include_str!("attacks/pages/streams.rs"),
        include_str!("attacks/pings.rs"),
        include_str!("attacks/requests.rs"),
        include_str!("attacks/resources.rs"),
        include_str!("attacks/secrets.rs"),
        include_str!("attacks/sessions.rs"),
    ];
    let tried = |row: u8| {
        let marks = [format!("({row}, "), format!("judge({row},"), format!("expect({row},")];
        let is_row = |line: &str| line == format!("{row},") || marks.iter().any(|mark| line.contains(mark));
        sources.iter().any(|source| source.lines().any(|line| is_row(line.trim())))
    };
    for (row, why) in NOT_HERE {
        println!("| {row} | {why} |");
    }
    let missing: Vec<u8> =
        (1..=ROWS).filter(|row| !tried(*row) && NOT_HERE.iter().all(|(known, _)| known != row)).collect();
    assert!(missing.is_empty(), "rows {missing:?} are neither tried nor said why not");
}

/// What was tried on one subject. Says all of it in the end, and fails if anything came that should not.
struct Table {
    text: String,
    breaches: Vec<String>,
}

impl Table {
    fn new(subject: &str) -> Self {
        let text = format!(
            "{subject}\n| row | attack | expected | observed | verdict |\n| --- | --- | --- | --- | --- |\n"
        );
        Self { text, breaches: Vec::new() }
    }

    /// Notes an attack and whether the server held.
    fn judge(&mut self, row: u8, attack: &str, expected: &str, (observed, holds): (impl Display, bool)) {
        let verdict = if holds { "held" } else { "BREACH" };
        let line = format!("| {row} | {attack} | {expected} | {observed} | {verdict} |");
        writeln!(self.text, "{line}").unwrap();
        if !holds {
            self.breaches.push(line);
        }
    }

    /// Notes an attack whose outcome is one of those expected: `404` or `400 404`.
    fn expect(&mut self, row: u8, attack: &str, expected: &str, observed: impl Display) {
        let observed = observed.to_string();
        let holds = expected.split(' ').any(|one| one == observed) || expected == observed;
        self.judge(row, attack, expected, (observed, holds));
    }

    #[expect(clippy::print_stdout, reason = "the table is for whoever runs the tests to read")]
    fn finish(self) {
        println!("{}", self.text);
        assert!(self.breaches.is_empty(), "\n{}", self.breaches.join("\n"));
    }
}

/// Somebody else at every turn: each has an address of this machine, so that none is refused for another's tries.
struct Strangers(Cell<u32>);

impl Strangers {
    fn new() -> Self {
        Self(Cell::new(0))
    }

    fn next(&self) -> Ipv4Addr {
        self.0.set(self.0.get() + 1);
        Ipv4Addr::from(0x7F01_0000 + self.0.get())
    }

    fn connect(&self, server: &Server) -> TcpStream {
        connect_from(self.next(), server.address()).unwrap()
    }

    fn ask(&self, server: &Server, (method, path): (&str, &str), headers: &str, body: &str) -> Answer {
        let answer = ask_by(&mut self.connect(server), method, path, headers, body);
        answer.unwrap_or_else(|error| panic!("{method} {path} {headers:?}: {error}"))
    }

    /// Sends bytes as they are, and returns all that comes.
    fn send(&self, server: &Server, bytes: impl AsRef<[u8]>) -> String {
        let answer = exchange(&mut self.connect(server), bytes.as_ref());
        answer.unwrap_or_else(|error| format!("{error}, after {}", String::from_utf8_lossy(bytes.as_ref())))
    }

    /// Sends a form as a page of the server would.
    fn post(&self, server: &Server, path: &str, headers: &str, form: &str) -> Answer {
        self.ask(server, ("POST", path), &from_own_page(server, headers), form)
    }

    /// Signs in and returns the header that shows the session.
    fn sign_in(&self, server: &Server) -> String {
        session_of(&self.post(server, "/sign-in", "", &format!("password={TESTING_PASSWORD}")))
    }
}

/// Adds what a page of the server sends with a form.
fn from_own_page(server: &Server, headers: &str) -> String {
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    format!("{form}Origin: {}\r\n{headers}", server.url(""))
}

/// Returns the statuses of all answers, as they came: `200` or `200 400`.
fn statuses(raw: &str) -> String {
    let heads = raw.split("HTTP/1.1 ").skip(1);
    let codes: Vec<_> = heads.filter_map(|head| head.get(..3)).collect();
    if codes.is_empty() { "closed".to_owned() } else { codes.join(" ") }
}
