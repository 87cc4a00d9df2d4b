//! Programs that ping, each in one user's name, until nobody answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rig::caller::ask;

use crate::journal::Journal;

/// Several of them at work.
pub(crate) struct Clients {
    threads: Vec<JoinHandle<()>>,
    is_over: Arc<AtomicBool>,
}

/// What a client makes of an answer that is no 200.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Temper {
    /// It fails the trial.
    Strict,
    /// It may be told to come again later, with 503.
    Patient,
}

impl Clients {
    /// Lets each of the users ping at once, with this distance between two.
    pub(crate) fn start(
        address: SocketAddr,
        users: impl IntoIterator<Item = (String, Duration)>,
        journal: &Journal,
        temper: Temper,
    ) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let start = |(user, distance): (String, Duration)| {
            let (journal, is_over) = (journal.clone(), is_over.clone());
            thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) && ping(address, &user, &journal, temper) {
                    thread::park_timeout(distance);
                }
            })
        };
        let threads = users.into_iter().map(start).collect();
        Self { threads, is_over }
    }

    /// Waits until all of them have been refused, for what they wait for is gone.
    pub(crate) fn join(mut self) {
        self.end();
    }

    /// Ends them where they are.
    pub(crate) fn stop(mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.end();
    }

    fn end(&mut self) {
        for thread in self.threads.drain(..) {
            thread.thread().unpark();
            thread.join().unwrap();
        }
    }
}

/// Pings once, and writes down a 200; returns whether there was an answer.
fn ping(address: SocketAddr, user: &str, journal: &Journal, temper: Temper) -> bool {
    let Ok(answer) = ask(address, "GET", &format!("/ping?username={user}"), "", "") else { return false };
    match answer.status {
        200 => journal.note(user, &answer.body),
        503 if temper == Temper::Patient => {
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
        }
        _ => panic!("{user} was answered {answer:?}"),
    }
    true
}
