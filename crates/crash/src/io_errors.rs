//! The disk answers the n-th call with an error, and the program must neither lie nor break for it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rig::caller::ask;
use rig::server::{PATIENCE, Place, Server, Signal, assert_sound, now, wait_until};

use crate::clients::{Clients, Temper};
use crate::journal::Journal;
use crate::program::faulty_program;
use crate::world;

/// What answers a program's calls in the place of the kernel.
const STRACE: &str = "/usr/bin/strace";

/// For so long pings go on when the n-th call does not come.
const TRIAL_MAX: Duration = Duration::from_secs(4);

/// A process that has to end does so within this.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// The last call that is tried.
const NTH_MAX: usize = 200;

/// When so many cases after each other did not come to their call, none that follows does.
const UNREACHED_MAX: usize = 8;

/// Distance of two pings of one client.
const PING_DISTANCE: Duration = Duration::from_millis(1);

/// Goes round the checkpoints and the sorting without waiting.
const PACE: &str = "1000";

/// What the program asks of its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// To write into the database or its log.
    Write,
    /// To see that it is on the disk.
    Sync,
    /// To open or make a file of the data folder.
    Open,
    /// To read the database or its log.
    Read,
}

/// What the disk answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// It is broken.
    Broken,
    /// It is full.
    Full,
    /// Its owner may have no more of it, for this call and for what is tried after it.
    OverQuota,
}

/// One trial: the n-th call of each thread is answered so.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Which call.
    pub call: Call,
    /// The answer.
    pub answer: Answer,
    /// The how manieth.
    pub nth: usize,
}

/// What the program made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It did not come to so many calls.
    NotReached,
    /// It ended before it listened, and said so by its status.
    DidNotStart,
    /// It ended by itself, with a status that says so.
    Ended,
    /// It went on, and took pings again.
    WentOn,
}

/// How often each group of cases came out how.
#[derive(Default)]
pub struct Outcomes(BTreeMap<(Call, Answer), BTreeMap<Outcome, usize>>);

impl Outcomes {
    /// Adds others.
    pub fn add(&mut self, others: Self) {
        for (kind, outcomes) in others.0 {
            for (outcome, count) in outcomes {
                *self.0.entry(kind).or_default().entry(outcome).or_default() += count;
            }
        }
    }

    pub fn note(&mut self, case: Case, outcome: Outcome) {
        *self.0.entry((case.call, case.answer)).or_default().entry(outcome).or_default() += 1;
    }

    /// Counts the cases in which an error was really given.
    pub fn reached(&self) -> usize {
        let counts = self.0.values().flatten();
        counts.filter(|(outcome, _)| **outcome != Outcome::NotReached).map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "call   answer   did not start   ended   went on   not reached")?;
        for ((call, answer), outcomes) in &self.0 {
            let count = |outcome| outcomes.get(&outcome).copied().unwrap_or(0);
            let [refused, ended, went_on, unreached] =
                [Outcome::DidNotStart, Outcome::Ended, Outcome::WentOn, Outcome::NotReached].map(count);
            let (call, answer) = (format!("{call:?}"), format!("{answer:?}"));
            writeln!(f, "{call:<6} {answer:<8} {refused:>13} {ended:>7} {went_on:>9} {unreached:>13}")?;
        }
        Ok(())
    }
}

/// Returns every case of one kind, up to the last call that the program comes to.
pub fn hold_all(call: Call, answer: Answer) -> Outcomes {
    let mut outcomes = Outcomes::default();
    let mut unreached = 0;
    for nth in 1..=NTH_MAX {
        let case = Case { call, answer, nth };
        let outcome = hold(case);
        outcomes.note(case, outcome);
        unreached = if outcome == Outcome::NotReached { unreached + 1 } else { 0 };
        if unreached == UNREACHED_MAX {
            break;
        }
    }
    outcomes
}

/// Tells whether this process may answer for the kernel here.
pub fn is_possible() -> bool {
    let mut trial = Command::new(STRACE);
    trial.args(["-qq", "-o", "/dev/null", "/bin/true"]).stderr(Stdio::null());
    trial.status().is_ok_and(|status| status.success())
}

/// Tries one case; panics when a promise was broken.
pub fn hold(case: Case) -> Outcome {
    let place = Place::new(&world::config(0)).running(&faulty_program()).with("PING_LISTENER_PACE", PACE);
    // Calls are told apart by the whole path that they name.
    let data = place.data();
    let place = place.with("PING_LISTENER_DATA", data);
    let journal = Journal::create(&place.path("journal"));
    let calls = place.path("calls");
    if case.is_in_used_folder() {
        let server = place.start();
        assert_eq!(server.ping("client0").status, 200);
        server.stop();
    }
    let outcome = case.provoke(&place, &journal, &calls);
    let server = place.start();
    journal.compare(server.address()).unwrap();
    assert_eq!(server.get("/health/ready").status, 200, "{case:?}");
    assert_eq!(server.ping("client0").status, 200, "{case:?}");
    server.stop();
    assert_sound(&place.database());
    outcome
}

impl Case {
    fn provoke(self, place: &Place, journal: &Journal, calls: &Path) -> Outcome {
        let provoked = place.clone().under(self.words(place, calls));
        let mut server = match provoked.try_start() {
            Ok(server) => server,
            Err((status, said)) => {
                assert!(is_injected(calls), "{self:?}: no start, and not for our error: {said}");
                assert!(status.code().is_some_and(|code| code != 0), "{self:?}: {status}: {said}");
                return Outcome::DidNotStart;
            }
        };
        let users = world::clients().map(|user| (user, PING_DISTANCE));
        let clients = Clients::start(server.address(), users, journal, Temper::Patient);
        let deadline = now() + TRIAL_MAX;
        while server.ended().is_none() && !is_injected(calls) && now() < deadline {
            thread::park_timeout(Duration::from_millis(20));
        }
        let outcome = self.judge(&mut server, calls);
        clients.stop();
        if outcome != Outcome::Ended {
            server.signal(Signal::TERM);
            let status = server.wait();
            // The error may have come as late as that.
            assert!(status.success() || is_injected(calls), "{self:?}: {status}: {}", server.log());
        }
        outcome
    }

    /// Sees what becomes of the server, and whether it is what was promised.
    fn judge(self, server: &mut Server, calls: &Path) -> Outcome {
        if !is_injected(calls) && server.ended().is_none() {
            return Outcome::NotReached;
        }
        if self.must_end() {
            let awaited = format!("end of a process for {}", injected(calls));
            wait_until(ENDS_WITHIN, &awaited, || server.ended().is_some());
        }
        // Without a need to end, it ends soon or not at all.
        thread::park_timeout(Duration::from_millis(100));
        if let Some(status) = server.ended() {
            assert!(status.code().is_some_and(|code| code != 0), "{self:?}: {status}: {}", server.log());
            return Outcome::Ended;
        }
        let address = server.address();
        let mut is_gone = false;
        wait_until(PATIENCE, "ping that is taken again", || {
            is_gone = server.ended().is_some();
            let answer = ask(address, "GET", "/ping?username=client0", "", "");
            is_gone || answer.is_ok_and(|answer| answer.status == 200)
        });
        if is_gone { Outcome::Ended } else { Outcome::WentOn }
    }

    /// Even calls are counted in a folder that is in use, odd ones from the making of the database on.
    fn is_in_used_folder(self) -> bool {
        self.nth.is_multiple_of(2)
    }

    /// Tells whether nobody can know what is on the disk after this.
    fn must_end(self) -> bool {
        matches!((self.call, self.answer), (Call::Write, Answer::Broken) | (Call::Sync, _))
    }

    /// Returns the words that start the program with its n-th call failing.
    fn words(self, place: &Place, calls: &Path) -> Vec<OsString> {
        let set = match self.call {
            Call::Write if self.answer == Answer::OverQuota => "pwrite64,write",
            Call::Write => "pwrite64",
            Call::Sync => "fsync,fdatasync",
            Call::Open => "openat",
            Call::Read => "pread64",
        };
        let nth = self.nth;
        let injected = match self.answer {
            Answer::Broken => vec![format!("{set}:error=EIO:when={nth}")],
            Answer::Full => vec![format!("{set}:error=ENOSPC:when={nth}")],
            Answer::OverQuota => {
                vec![format!("pwrite64:error=EDQUOT:when={nth}"), "write:error=EDQUOT:when=1..20".to_owned()]
            }
        };
        let mut words: Vec<OsString> =
            [STRACE, "-D", "-f", "-y", "-qq", "--seccomp-bpf", "-e", "signal=none", "-o"]
                .map(OsString::from)
                .into();
        words.push(calls.into());
        let mut files = vec!["ping-listener.db", "ping-listener.db-wal"];
        if self.answer == Answer::OverQuota {
            files.extend(["reserve", "quota"]);
        }
        if self.call == Call::Open {
            files.extend(["ping-listener.db-shm", "reserve", "lock", ""]);
        }
        for file in files {
            words.push("-P".into());
            words.push(place.data().join(file).into());
        }
        words.extend(["-e".into(), format!("trace={set}").into()]);
        for expression in injected {
            words.extend(["-e".into(), format!("inject={expression}").into()]);
        }
        words
    }
}

/// Tells whether an error has been given.
fn is_injected(calls: &Path) -> bool {
    !injected(calls).is_empty()
}

/// Returns the calls that were answered with an error.
fn injected(calls: &Path) -> String {
    let calls = fs::read_to_string(calls).unwrap_or_default();
    calls.lines().filter(|line| line.contains("(INJECTED)")).collect::<Vec<_>>().join("; ")
}
