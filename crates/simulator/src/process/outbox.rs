//! The outbox room of the simulated server: it decides as the real one does, and a false mail server takes the mails.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::time::Timestamp;
use faults::points::{self, Point};
use ping_listener::clock::Clock;
use ping_listener::config::InForce;
use ping_listener::outbox::pace::{self, Breaker, Looks};
use ping_listener::rounds::{Bell, Round, Wake};
use ping_listener::store::error::StoreError;
use ping_listener::store::view::{InboxLine, InboxMail};
use ping_listener::store::{ChannelKind, LeasedMail, Outcome, Store};
use tokio::sync::watch;

use super::{Note, Notes, Started};
use crate::history::Answer;
use crate::post::Post;

/// The outbox room, which decides as the real one does, and hands over to a false mail server.
pub(super) struct FalseOutbox {
    shared: Arc<Shared>,
    /// Where new senders are left for the process to run. They hold what is shared, which must not hold them.
    started: Started,
    senders: Vec<Arc<Mutex<Option<Timestamp>>>>,
    looks: Looks,
}

/// What the room and its senders share.
pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) config: InForce,
    pub(super) post: Post,
    pub(super) notes: Notes,
    pub(super) breaker: Mutex<Breaker>,
    pub(super) bell: Bell,
    pub(super) stop: watch::Receiver<bool>,
    /// How many senders there are.
    pub(super) sending: Arc<AtomicUsize>,
    pub(super) channel: ChannelKind,
}

impl Round for FalseOutbox {
    const NAME: &'static str = "outbox";

    async fn step(&mut self, now: Timestamp) -> Result<Wake, StoreError> {
        if let Some(until) = lock(&self.shared.breaker).closed_until(now) {
            return Ok(Wake::AtOrBell(until));
        }
        let distance = self.shared.config.load().email_processing_frequency;
        if let Some(turn) = self.looks.wait(distance, now) {
            return Ok(Wake::AtOrBell(turn));
        }
        let next = self.shared.store.next_mail().await?;
        if next.is_some_and(|at| at <= now) {
            self.start_sender(now);
        }
        Ok(pace::look_again(next, 0 < self.shared.sending.load(Ordering::Relaxed), distance, now))
    }
}

impl FalseOutbox {
    pub(super) fn new(shared: Shared, started: Started) -> Self {
        Self { shared: Arc::new(shared), started, senders: Vec::new(), looks: Looks::default() }
    }

    fn start_sender(&mut self, now: Timestamp) {
        // A sender that has ended let go of its mark.
        self.senders.retain(|mark| 1 < Arc::strong_count(mark));
        let busy_since: Vec<_> = self.senders.iter().map(|mark| *lock(mark)).collect();
        if !lock(&self.shared.breaker).may_start(&busy_since, now) {
            return;
        }
        let mark = Arc::new(Mutex::new(Some(now)));
        self.senders.push(mark.clone());
        self.shared.sending.fetch_add(1, Ordering::Relaxed);
        let sender = Sender { shared: self.shared.clone(), mark };
        self.started.lock().unwrap_or_else(PoisonError::into_inner).push(Box::pin(sender.run()));
    }
}

/// Sends one mail after another, until none is due or the server is in trouble.
struct Sender {
    shared: Arc<Shared>,
    mark: Arc<Mutex<Option<Timestamp>>>,
}

impl Sender {
    async fn run(self) {
        let Shared { store, clock, notes, .. } = &*self.shared;
        while !*self.shared.stop.borrow() && lock(&self.shared.breaker).closed_until(clock.now()).is_none() {
            *lock(&self.mark) = None;
            let at = clock.now();
            let Ok(leased) = store.lease(1).await else { break };
            let Some(mail) = leased.into_iter().next() else { break };
            notes.leave(Note::Leased { at, token: mail.token, message_key: mail.message_key.clone() });
            points::reach(Point::Leased);
            let began = clock.now();
            *lock(&self.mark) = Some(began);
            let (outcome, answer) = self.deliver(&mail).await;
            points::reach(Point::BeforeSettle);
            if self.settle(mail.token, &outcome, answer).await.is_err() {
                break;
            }
            self.shared.post.settled(mail.token);
            if pace::ends_with(&outcome) || pace::hangs(began, clock.now()) {
                break;
            }
            clock.sleep_until(began + pace::MAIL_DISTANCE).await;
        }
    }

    async fn deliver(&self, mail: &LeasedMail) -> (Outcome, Answer) {
        let Shared { clock, post, channel, .. } = &*self.shared;
        if *channel == ChannelKind::Inbox {
            post.keep(mail.token);
            return (Outcome::Kept(Box::new(kept(mail, clock))), Answer::Accepted);
        }
        let (outcome, answer) = post.hand_over(mail, clock).await;
        let mut breaker = lock(&self.shared.breaker);
        match &outcome {
            Outcome::Accepted(_) => {
                breaker.note_well();
            }
            Outcome::Refused(refusal, _) if pace::ends_with(&outcome) => {
                breaker.note_trouble(*refusal, clock.now());
            }
            Outcome::Refused(..) | Outcome::Kept(_) => {}
        }
        (outcome, answer)
    }

    async fn settle(&self, token: i64, outcome: &Outcome, answer: Answer) -> Result<bool, StoreError> {
        let Shared { store, clock, notes, stop, .. } = &*self.shared;
        loop {
            let at = clock.now();
            let settled = store.settle(token, outcome.clone()).await;
            if let Ok(is_held) = settled {
                notes.leave(Note::Settled { at, token, answer, is_held });
            }
            if !matches!(settled, Err(StoreError::Full | StoreError::Busy)) || *stop.borrow() {
                return settled;
            }
            clock.sleep_until(clock.now() + pace::BUSY_DISTANCE).await;
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.shared.sending.fetch_sub(1, Ordering::Relaxed);
        self.shared.bell.ring();
    }
}

fn kept(mail: &LeasedMail, clock: &Clock) -> InboxMail {
    InboxMail {
        line: InboxLine {
            number: 0,
            received: clock.wall_now(),
            recipient: mail.recipient.clone(),
            subject: String::new(),
        },
        text: String::new(),
        html: String::new(),
        raw: Vec::new(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
