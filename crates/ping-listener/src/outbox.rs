//! The outbox: takes what is to be said to the mail server, or into the local inbox, and writes what came of it.
//!
//! Each mail is leased, sent and settled on its own, by a few senders side by side: a recipient who is refused or a
//! connection that hangs keeps no other mail waiting.

pub mod pace;
mod last_ping;
mod sender;

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::time::{Span, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::watch;

use self::pace::{Breaker, Looks};
use self::sender::Sender;
use crate::bulletin::Bulletin;
use crate::channels::email::Email;
use crate::channels::{Phase, SendError};
use crate::clock::Clock;
use crate::config::InForce;
use crate::links::SharedLinks;
use crate::message::{Envelope, Mail, Style, render};
use crate::rounds::{Bell, Round, Wake};
use crate::store::error::StoreError;
use crate::store::view::{InboxLine, InboxMail};
use crate::store::{LeasedMail, Outcome, Store};
use crate::telemetry::Telemetry;

/// Distance of two tries of the login, so that a changed password shows before it is needed.
const LOGIN_DISTANCE: Span = Span::from_hours(24);

/// How long a stop waits for mails that are being handed over.
const STOP_PATIENCE: Span = Span::from_seconds(30);

/// Where mails go.
#[derive(Clone)]
pub enum Channel {
    /// To a mail server.
    Email(Email),
    /// Into the local inbox, from this sender.
    Inbox(String),
}

/// The room.
pub struct Outbox {
    shared: Arc<Shared>,
    config: InForce,
    senders: Vec<Arc<AtomicI64>>,
    looks: Looks,
    login_tried_at: Option<Timestamp>,
}

/// What the senders share with the room.
struct Shared {
    store: Store,
    clock: Clock,
    bulletin: Bulletin,
    channel: Channel,
    links: SharedLinks,
    telemetry: Arc<Telemetry>,
    breaker: Mutex<Breaker>,
    /// Rung when a sender has ended.
    bell: Bell,
    stop: watch::Receiver<bool>,
    running: AtomicUsize,
    /// Tries of the login that are under way.
    logins: AtomicUsize,
}

/// What the outbox needs from the rest of the server.
pub struct Needs {
    /// Where the rows are.
    pub store: Store,
    /// Tells the time.
    pub clock: Clock,
    /// Hears of trouble with the mail server.
    pub bulletin: Bulletin,
    /// Says how often to look.
    pub config: InForce,
    /// Makes links.
    pub links: SharedLinks,
    /// Counts tries.
    pub telemetry: Arc<Telemetry>,
    /// Rung when there is something to do.
    pub bell: Bell,
    /// Becomes true when the server stops.
    pub stop: watch::Receiver<bool>,
}

/// No mail: what a sender's mark says while it is between two.
const IDLE: i64 = i64::MAX;

/// Nothing any more: what it says when it has ended.
const ENDED: i64 = i64::MIN;

impl Outbox {
    /// Puts the room together.
    #[must_use]
    pub fn new(needs: Needs, channel: Channel) -> Self {
        let Needs { store, clock, bulletin, config, links, telemetry, bell, stop } = needs;
        let breaker = Mutex::default();
        let (running, logins) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let shared = Arc::new(Shared {
            store,
            clock,
            bulletin,
            channel,
            links,
            telemetry,
            breaker,
            bell,
            stop,
            running,
            logins,
        });
        Self { shared, config, senders: Vec::new(), looks: Looks::default(), login_tried_at: None }
    }

    /// Returns what waits for mails that are being handed over when the server stops.
    #[must_use]
    pub fn end(&self) -> End {
        End(self.shared.clone())
    }

    /// Counts the senders that are at work.
    fn sending(&self) -> usize {
        self.shared.running.load(Ordering::Relaxed)
    }

    /// Counts the conversations with the mail server that are under way, or about to begin.
    #[must_use]
    pub fn talking(&self) -> usize {
        self.sending() + self.shared.logins.load(Ordering::Relaxed)
    }

    /// Starts a sender if there is room for one.
    fn start_sender(&mut self, now: Timestamp) {
        self.senders.retain(|mark| mark.load(Ordering::Relaxed) != ENDED);
        let busy_since: Vec<_> =
            self.senders.iter().map(|mark| busy_since(mark.load(Ordering::Relaxed))).collect();
        if !self.shared.breaker().may_start(&busy_since, now) {
            return;
        }
        let mark = Arc::new(AtomicI64::new(now.as_micros()));
        self.senders.push(mark.clone());
        self.shared.running.fetch_add(1, Ordering::Relaxed);
        let sender = Sender { shared: self.shared.clone(), runtime: Handle::current(), mark, session: None };
        tokio::task::spawn_blocking(move || sender.run());
    }

    /// Tries the login at the start and daily.
    fn try_login(&mut self, now: Timestamp) {
        let Channel::Email(email) = &self.shared.channel else { return };
        if self.login_tried_at.is_some_and(|at| now - at < LOGIN_DISTANCE) {
            return;
        }
        self.login_tried_at = Some(now);
        let (email, shared) = (email.clone(), self.shared.clone());
        shared.logins.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_blocking(move || {
            match email.open() {
                Ok(session) => {
                    session.quit();
                    shared.on_server_well();
                }
                Err(error) => shared.on_server_trouble(&error),
            }
            shared.logins.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

fn busy_since(mark: i64) -> Option<Timestamp> {
    (mark != IDLE).then(|| Timestamp::from_micros(mark))
}

impl Round for Outbox {
    const NAME: &'static str = "outbox";

    async fn step(&mut self, now: Timestamp) -> Result<Wake, StoreError> {
        self.try_login(now);
        if let Some(until) = self.shared.breaker().closed_until(now) {
            return Ok(Wake::AtOrBell(until));
        }
        let distance = self.config.load().email_processing_frequency;
        if let Some(turn) = self.looks.wait(distance, now) {
            return Ok(Wake::AtOrBell(turn));
        }
        let next = self.shared.store.next_mail().await?;
        if next.is_some_and(|at| at <= now) {
            self.start_sender(now);
        }
        Ok(pace::look_again(next, 0 < self.sending(), distance, now))
    }
}

impl Shared {
    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mail(&self, leased: &LeasedMail) -> Mail {
        let from = match &self.channel {
            Channel::Email(email) => email.from(),
            Channel::Inbox(from) => from,
        };
        let domain = from.rsplit_once('@').map_or("ping-listener.invalid", |(_, domain)| domain);
        let message_id = format!("{}@{domain}", leased.message_key);
        let envelope = Envelope {
            from,
            recipient: &leased.recipient,
            message_id: &message_id,
            date: leased.dated,
            minimal: leased.is_minimal,
        };
        render(&envelope, &leased.facts, &Style { zone: self.clock.zone(), links: &self.links.load() })
    }

    /// Turns a mail into one for the local inbox, and says so on the terminal.
    fn keep(&self, mail: Mail) -> Outcome {
        // The only log line with an address: here it stays on this machine like the mail.
        tracing::info!("mail to {} stays in the local inbox: {}", mail.recipient, mail.subject);
        Outcome::Kept(Box::new(InboxMail {
            line: InboxLine {
                number: 0,
                received: self.clock.wall_now(),
                recipient: mail.recipient,
                subject: mail.subject,
            },
            text: mail.text,
            html: mail.html,
            raw: mail.raw,
        }))
    }

    /// Lets no further mail past its dot, and tells whether one is, or is being settled.
    fn is_handing_over(&self) -> bool {
        match &self.channel {
            Channel::Inbox(_) => 0 < self.running.load(Ordering::Relaxed),
            Channel::Email(email) => {
                email.stop();
                0 < email.past_dot()
            }
        }
    }

    fn on_server_well(&self) {
        if self.breaker().note_well() {
            tracing::info!("the mail server takes mails again");
        }
        self.bulletin.update(|report| {
            (report.mail_trouble, report.mail_trouble_since, report.mail_next_try) = (None, None, None);
        });
    }

    fn on_server_trouble(&self, error: &SendError) {
        let is_news = self.breaker().note_trouble(error.refusal, self.clock.now());
        let words = trouble(error);
        if is_news {
            tracing::error!("mails are not going out: {words}");
        }
        let (now, wall) = (self.clock.now(), self.clock.wall_now());
        let next_try = self.breaker().closed_until(now).map(|until| wall + until_then(now, until));
        self.bulletin.update(|report| {
            report.mail_trouble = Some(words);
            report.mail_trouble_since.get_or_insert(wall);
            report.mail_next_try = next_try;
        });
    }
}

/// Returns the length from one instant to another as calendars reckon.
fn until_then(now: Timestamp, then: Timestamp) -> jiff::SignedDuration {
    jiff::SignedDuration::from_micros((then - now).as_micros())
}

/// Says in words what keeps mails from going out.
fn trouble(error: &SendError) -> String {
    let what = match error.phase {
        Phase::Connect => "the mail server cannot be reached",
        Phase::Tls => "the mail server's encryption was not accepted",
        Phase::Greeting | Phase::Hello => "the mail server does not want to talk",
        Phase::Authentication => "the mail server refused the login",
        Phase::Sender => "the mail server refused the sender",
        Phase::Recipient | Phase::Data | Phase::FinalDot => "the mail server broke off",
    };
    format!("{what} ({})", error.answer)
}

/// Waits for the senders when the server stops.
pub struct End(Arc<Shared>);

impl End {
    /// Waits until every mail past its final dot is answered and settled, within reason. A mail before its dot is
    /// dropped by the mail server and tried again.
    pub async fn wait(self) {
        let limit = self.0.clock.now() + STOP_PATIENCE;
        while self.0.is_handing_over() && self.0.clock.now() < limit {
            self.0.clock.sleep_until(self.0.clock.now() + Span::from_millis(50)).await;
        }
    }
}
