//! A sender: leases one mail after another, hands each over, and writes what came of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::retry::Refusal;
use faults::points::{self, Point};
use tokio::runtime::Handle;

use super::pace::{self, BUSY_DISTANCE, MAIL_DISTANCE};
use super::{Channel, ENDED, IDLE, Shared, last_ping};
use crate::channels::SendError;
use crate::channels::email::Email;
use crate::channels::session::Session;
use crate::message::Mail;
use crate::store::error::StoreError;
use crate::store::{LeasedMail, Outcome};

/// Sends one mail after another, until none is due or the server is in trouble.
pub(super) struct Sender {
    pub(super) shared: Arc<Shared>,
    pub(super) runtime: Handle,
    /// Since when it is busy with a mail, in microseconds, for the room to see.
    pub(super) mark: Arc<AtomicI64>,
    pub(super) session: Option<Session>,
}

impl Sender {
    pub(super) fn run(mut self) {
        while !*self.shared.stop.borrow()
            && self.shared.breaker().closed_until(self.shared.clock.now()).is_none()
        {
            self.mark.store(IDLE, Ordering::Relaxed);
            let Ok(leased) = self.runtime.block_on(self.shared.store.lease(1)) else { break };
            let Some(mut leased) = leased.into_iter().next() else { break };
            points::reach(Point::Leased);
            self.runtime.block_on(last_ping::add(&self.shared.store, &mut leased.facts));
            let began = self.shared.clock.now();
            self.mark.store(began.as_micros(), Ordering::Relaxed);
            let outcome = self.deliver_or_put_off(&leased);
            self.shared.telemetry.count_mail_attempt(word(&outcome));
            points::reach(Point::BeforeSettle);
            if self.settle(leased.token, &outcome).is_err() {
                break;
            }
            points::reach(Point::AfterSettle);
            if let Some(session) = &mut self.session {
                session.settled();
            }
            if pace::ends_with(&outcome) || pace::hangs(began, self.shared.clock.now()) {
                break;
            }
            if let Channel::Email(_) = self.shared.channel {
                self.runtime.block_on(self.shared.clock.sleep_until(began + MAIL_DISTANCE));
            }
        }
        if let Some(session) = self.session.take() {
            session.quit();
        }
    }

    /// Writes what came of a mail, however long the disk is full: what was accepted must not go out again.
    fn settle(&self, token: i64, outcome: &Outcome) -> Result<bool, StoreError> {
        loop {
            let settled = self.runtime.block_on(self.shared.store.settle(token, outcome.clone()));
            if !matches!(settled, Err(StoreError::Full | StoreError::Busy)) || *self.shared.stop.borrow() {
                return settled;
            }
            self.runtime.block_on(self.shared.clock.sleep_until(self.shared.clock.now() + BUSY_DISTANCE));
        }
    }

    /// Delivers a mail; one that makes this program stumble is put off and shown, and keeps no other from being sent.
    fn deliver_or_put_off(&mut self, leased: &LeasedMail) -> Outcome {
        let delivered = catch_unwind(AssertUnwindSafe(|| self.deliver(leased)));
        delivered.unwrap_or_else(|_| {
            self.session = None;
            tracing::error!("a mail could not be put together; this is a fault of the program");
            Outcome::Refused(Refusal::Soft, "the mail could not be put together".to_owned())
        })
    }

    fn deliver(&mut self, leased: &LeasedMail) -> Outcome {
        let mail = self.shared.mail(leased);
        let email = match &self.shared.channel {
            Channel::Inbox(_) => return self.shared.keep(mail),
            Channel::Email(email) => email.clone(),
        };
        match self.hand_over(&email, &mail) {
            Ok(answer) => {
                self.shared.on_server_well();
                Outcome::Accepted(answer)
            }
            Err(error) => {
                match error.refusal {
                    Refusal::ServerSoft | Refusal::ServerConfig => self.shared.on_server_trouble(&error),
                    Refusal::Soft | Refusal::Hard | Refusal::Ambiguous | Refusal::Unsendable => {
                        tracing::warn!("a mail was not accepted: {error}");
                    }
                }
                Outcome::Refused(error.refusal, error.answer)
            }
        }
    }

    fn hand_over(&mut self, email: &Email, mail: &Mail) -> Result<String, SendError> {
        let mut session = match self.session.take() {
            Some(session) if session.is_usable() => session,
            Some(_) | None => email.open()?,
        };
        let sent = session.send(mail);
        if session.is_usable() {
            self.session = Some(session);
        }
        sent.map(|accepted| accepted.answer)
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.mark.store(ENDED, Ordering::Relaxed);
        self.shared.running.fetch_sub(1, Ordering::Relaxed);
        self.shared.bell.ring();
    }
}

/// Returns the word under which an outcome is counted.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted(_) => "accepted",
        Outcome::Kept(_) => "kept",
        Outcome::Refused(Refusal::ServerSoft, _) => "server_soft",
        Outcome::Refused(Refusal::ServerConfig, _) => "server_config",
        Outcome::Refused(Refusal::Soft, _) => "soft",
        Outcome::Refused(Refusal::Hard, _) => "hard",
        Outcome::Refused(Refusal::Ambiguous, _) => "ambiguous",
        Outcome::Refused(Refusal::Unsendable, _) => "unsendable",
    }
}
