//! A job: a program that makes a check of its own, pings it in every form, changes, deletes and makes it again.

use std::io;
use std::net::SocketAddr;
use std::ops::Add;

use rig::caller::{Answer, ask, ask_plainly};
use serde_json::Value;

use crate::account::{Account, Act, Sent, State};
use crate::clients::Temper;
use crate::dice::Dice;

/// Who may do everything.
pub(crate) const API_KEY: &str = "hcw_0123456789abcdefghijABCDEFGH";

/// Who may ping by slug.
pub(crate) const PING_KEY: &str = "0123456789abcdefghijkl";

/// A check is deleted only after so many pings.
const PINGS_BEFORE_DELETION: usize = 30;

/// Bodies that are read again after each death.
const BODIES_READ: usize = 3;

/// The longest body: more than fits into a page of the database, and less than is cut off.
const BODY_WORDS_MAX: u64 = 6_000;

/// The job, with what it was answered.
pub(crate) struct Job {
    name: String,
    dice: Dice,
    temper: Temper,
    account: Option<Account>,
    /// A check that may have been made.
    making: Option<Making>,
    /// The UUID of the check that was deleted last.
    deleted: Option<String>,
    made: usize,
    sent: usize,
    pub(crate) tally: JobTally,
}

/// A check whose UUID is not known yet.
struct Making {
    slug: String,
    /// The ping that makes it, if none asks for it over the API.
    first: Option<Sent>,
    /// Whether that was answered.
    is_made: bool,
}

/// What jobs were answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct JobTally {
    /// Pings that were answered 200 or 201.
    pub pings: usize,
    /// Checks that were made.
    pub made: usize,
    /// Changes and deletions that were answered 200.
    pub changes: usize,
    /// Times that a job has compared all with what it was answered.
    pub looks: usize,
    /// Requests without an answer.
    pub doubts: usize,
}

impl Add for JobTally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            pings: self.pings + other.pings,
            made: self.made + other.made,
            changes: self.changes + other.changes,
            looks: self.looks + other.looks,
            doubts: self.doubts + other.doubts,
        }
    }
}

impl Job {
    pub(crate) fn new(number: u64, seed: u64, temper: Temper) -> Self {
        Self {
            name: format!("job{number}"),
            dice: Dice::new(seed.wrapping_mul(16) + number),
            temper,
            account: None,
            making: None,
            deleted: None,
            made: 0,
            sent: 0,
            tally: JobTally::default(),
        }
    }

    /// Compares what is there with what was answered. `Err` is a server that did not answer.
    pub(crate) fn look(&mut self, server: SocketAddr) -> io::Result<()> {
        self.find_what_was_made(server)?;
        if let Some(uuid) = &self.deleted {
            assert_eq!(call(server, "GET", &format!("checks/{uuid}"), "")?.status, 404, "{uuid} is back");
            assert_eq!(ask(server, "GET", &format!("/ping/{uuid}"), "", "")?.status, 404, "{uuid} is back");
        }
        let Some(account) = &mut self.account else { return Ok(()) };
        let path = format!("checks/{}", account.uuid);
        let answer = call(server, "GET", &path, "")?;
        if answer.status == 404 {
            assert!(matches!(account.doubt, Some(Act::Delete)), "a check is gone: {account:?}");
            self.deleted = self.account.take().map(|account| account.uuid);
            return Ok(());
        }
        let shown = json(&answer);
        account.settle(&shown);
        account.compare(&shown);
        account.compare_pings(&json(&call(server, "GET", &format!("{path}/pings/"), "")?));
        account.compare_flips(&json(&call(server, "GET", &format!("{path}/flips/"), "")?));
        for (n, sent) in account.bodies(BODIES_READ) {
            let body = call(server, "GET", &format!("{path}/pings/{n}/body"), "")?;
            assert!(body.status == 200 && body.body == sent.body, "the body of {sent:?} is {body:?}");
        }
        self.tally.looks += 1;
        Ok(())
    }

    /// Does one thing. `Err` is a server that did not answer.
    pub(crate) fn act(&mut self, server: SocketAddr) -> io::Result<()> {
        if self.account.is_none() {
            return self.make(server);
        }
        let act = self.draw();
        let is_answered = self.ask(server, &act);
        let Some(account) = &mut self.account else { return Ok(()) };
        match is_answered {
            Ok(true) if matches!(act, Act::Delete) => {
                self.tally.changes += 1;
                self.deleted = self.account.take().map(|account| account.uuid);
            }
            Ok(true) => {
                let count =
                    if matches!(act, Act::Ping(_)) { &mut self.tally.pings } else { &mut self.tally.changes };
                *count += 1;
                account.note(act);
            }
            Ok(false) => {}
            Err(error) => {
                self.tally.doubts += 1;
                account.doubt = Some(act);
                return Err(error);
            }
        }
        Ok(())
    }

    fn draw(&mut self) -> Act {
        let account = self.account.as_ref().expect("it acts on a check");
        let (state, pings) = (account.state, account.pings.len());
        match self.dice.below(200) {
            0 if PINGS_BEFORE_DELETION < pings => Act::Delete,
            1..6 if state == State::Paused => Act::Resume,
            1..4 => Act::Pause,
            6..9 => Act::Describe(format!("what {} says for the {pings}th time", self.name)),
            _ => Act::Ping(self.draw_ping()),
        }
    }

    fn draw_ping(&mut self) -> Sent {
        self.sent += 1;
        let kind =
            *self.dice.pick(&["success", "success", "success", "success", "start", "start", "fail", "log"]);
        let rid = (self.dice.below(3) == 0).then(|| {
            let parts: Vec<_> = [8, 4, 4, 4, 12].map(|digits| self.dice.hex(digits)).into();
            parts.join("-")
        });
        let words = if self.dice.below(6) == 0 { self.dice.count(BODY_WORDS_MAX) } else { 0 };
        let body = format!("{} {} ", self.name, self.sent).repeat(words.try_into().unwrap());
        let method = if body.is_empty() { *self.dice.pick(&["GET", "GET", "HEAD"]) } else { "POST" };
        Sent { client: format!("{}/{}", self.name, self.sent), kind, method, rid, body }
    }

    /// Asks for it; returns whether it was done.
    fn ask(&mut self, server: SocketAddr, act: &Act) -> io::Result<bool> {
        let account = self.account.as_ref().expect("it acts on a check");
        let (path, slug) = (format!("checks/{}", account.uuid), &account.slug);
        let answer = match act {
            Act::Ping(sent) => {
                let base = *self.dice.pick(&["/ping", ""]);
                let name =
                    if self.dice.below(3) == 0 { format!("{PING_KEY}/{slug}") } else { account.uuid.clone() };
                let target = format!("{base}/{name}{}{}", self.signal(sent), run(sent));
                ping(server, &target, sent)?
            }
            Act::Pause => call(server, "POST", &format!("{path}/pause"), "")?,
            Act::Resume => call(server, "POST", &format!("{path}/resume"), "")?,
            Act::Describe(words) => {
                call(server, "POST", &path, &serde_json::json!({ "desc": words }).to_string())?
            }
            Act::Delete => call(server, "DELETE", &path, "")?,
        };
        let is_put_off = is_put_off(&answer, self.temper);
        assert!(is_put_off || answer.status == 200, "{} was answered {answer:?} to {act:?}", self.name);
        Ok(!is_put_off)
    }

    /// Draws how an address says what a ping tells.
    fn signal(&mut self, sent: &Sent) -> &'static str {
        let words: &[&str] = match sent.kind {
            "start" => &["/start"],
            "log" => &["/log"],
            "fail" => &["/fail", "/1", "/255"],
            _ => &["", "", "/0"],
        };
        let signal: &&str = self.dice.pick(words);
        signal
    }

    /// Makes a check, by asking for it or by its first ping.
    fn make(&mut self, server: SocketAddr) -> io::Result<()> {
        self.made += 1;
        let slug = format!("{}-{}", self.name, self.made);
        let first = (self.dice.below(2) == 0).then(|| self.draw_ping());
        let answered = if let Some(sent) = &first {
            let run = run(sent).replace('?', "&");
            let target = format!("/ping/{PING_KEY}/{slug}{}?create=1{run}", self.signal(sent));
            ping(server, &target, sent)
        } else {
            let body = serde_json::json!({ "name": slug, "slug": slug, "unique": ["slug"] });
            call(server, "POST", "checks/", &body.to_string())
        };
        let has_pinged = first.is_some();
        let making = self.making.insert(Making { slug, first, is_made: false });
        match answered {
            Err(error) => {
                self.tally.doubts += 1;
                return Err(error);
            }
            Ok(answer) if is_put_off(&answer, self.temper) => return Ok(()),
            Ok(answer) => assert_eq!(answer.status, 201, "{} was answered {answer:?}", self.name),
        }
        making.is_made = true;
        self.tally.made += 1;
        self.tally.pings += usize::from(has_pinged);
        self.find_what_was_made(server)
    }

    /// Looks for a check whose UUID is not known.
    fn find_what_was_made(&mut self, server: SocketAddr) -> io::Result<()> {
        let Some(Making { slug, first, is_made }) = &self.making else { return Ok(()) };
        let Some(shown) = self.shown(server, slug)? else {
            assert!(!is_made, "{slug} was made, and is gone");
            self.making = None;
            return Ok(());
        };
        let mut account = Account::new(shown["uuid"].as_str().unwrap(), slug);
        match first.clone().map(Act::Ping) {
            Some(ping) if *is_made => account.note(ping),
            // The check comes first: without an answer it may be there alone.
            doubt => account.doubt = doubt,
        }
        account.settle(&shown);
        account.compare(&shown);
        (self.account, self.making) = (Some(account), None);
        Ok(())
    }

    /// Returns the one check with a slug.
    fn shown(&self, server: SocketAddr, slug: &str) -> io::Result<Option<Value>> {
        let listed = json(&call(server, "GET", &format!("checks/?slug={slug}"), "")?);
        let checks = listed["checks"].as_array().unwrap();
        assert!(checks.len() < 2, "{} was made twice: {listed}", self.name);
        Ok(checks.first().cloned())
    }
}

/// Tells whether a client is to come again later, and may be told so.
fn is_put_off(answer: &Answer, temper: Temper) -> bool {
    answer.status == 503 && temper == Temper::Patient
}

/// Sends a ping; one that says nothing as most programs do, so that it is read at the socket.
fn ping(server: SocketAddr, target: &str, sent: &Sent) -> io::Result<Answer> {
    let client = format!("User-Agent: {}\r\n", sent.client);
    if sent.method == "GET" {
        ask_plainly(server, target, &client)
    } else {
        ask(server, sent.method, target, &client, &sent.body)
    }
}

fn run(sent: &Sent) -> String {
    sent.rid.as_ref().map(|rid| format!("?rid={rid}")).unwrap_or_default()
}

fn call(server: SocketAddr, method: &str, path: &str, body: &str) -> io::Result<Answer> {
    ask(server, method, &format!("/api/v3/{path}"), &format!("X-Api-Key: {API_KEY}\r\n"), body)
}

fn json(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}
