//! What the test server does, as a list of exceptions from accepting everything.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A point of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// Before anything, encryption included.
    Connect,
    /// After the first bytes of the client's handshake.
    Handshake,
    Greeting,
    Hello,
    StartTls,
    Authentication,
    Sender,
    /// RCPT TO this address.
    Recipient(&'static str),
    Data,
    /// In the middle of the mail, after this many bytes of it.
    Body(usize),
    /// After the dot, for any mail.
    Dot,
    /// After the dot of a mail to this address.
    DotTo(&'static str),
    /// Between a mail and what the client says next.
    Idle,
    Quit,
}

/// What to do there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Answer this and go on: `550 5.1.1 no such user`; several lines are separated by `\r\n`.
    Answer(&'static str),
    /// Answer this and accept all the same: for words that nobody asked for behind the right ones.
    AcceptAfter(&'static str),
    /// Say nothing until released, then go on as if nothing had happened.
    Stall,
    /// Close the connection without a word.
    Vanish,
    /// Break the connection off, so that the client hears of an error, not of an end.
    Reset,
    /// Accept (a mail: for good), but close the connection before the answer is sent.
    AcceptAndVanish,
    /// Say these bytes, without a line end, and do not accept.
    Bytes(&'static [u8]),
    /// Accept (a mail: for good), but answer with one line of so many bytes.
    LongLine(usize),
    /// Answer rightly, one byte at a time, with this moment between two.
    Trickle(Duration),
    /// Begin a line that never ends.
    Endless,
}

/// What the server does and offers. The default accepts everything, and offers what good servers offer.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// Where to do something else; the first that fits counts.
    pub rules: Vec<(At, Act)>,
    /// Lines of the answer to EHLO, but STARTTLS and AUTH.
    pub offers: Vec<&'static str>,
    /// Offer STARTTLS where it can be.
    pub offers_starttls: bool,
    /// The mechanisms of AUTH that are offered, where it can be.
    pub logins: &'static str,
    /// Knows HELO only.
    pub is_old: bool,
    /// Refuse what a strict server refuses: long lines, bare line ends, 8-bit bytes, missing headers.
    pub is_strict: bool,
    /// Close with 421 instead of a further mail on the same connection.
    pub mails_per_connection: Option<usize>,
    /// Greet with 421 while so many others talk.
    pub connections_max: Option<usize>,
    /// From DATA on, the rules hold for mails to this address only.
    pub only_to: Option<&'static str>,
    /// How often the rules still hold, after which all is well; `None` is for ever. Clones share it.
    pub times: Option<Arc<AtomicUsize>>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            offers: vec!["PIPELINING", "SIZE 10485760", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"],
            offers_starttls: true,
            logins: "LOGIN PLAIN",
            is_old: false,
            is_strict: false,
            mails_per_connection: None,
            connections_max: None,
            only_to: None,
            times: None,
        }
    }
}

impl Behaviour {
    /// Accepts everything but at one point.
    pub fn at(at: At, act: Act) -> Self {
        Self::default().and_at(at, act)
    }

    /// Adds another point.
    pub fn and_at(mut self, at: At, act: Act) -> Self {
        self.rules.push((at, act));
        self
    }

    /// Lets the rules hold so often, and then all is well.
    pub fn times(mut self, count: usize) -> Self {
        self.times = Some(Arc::new(AtomicUsize::new(count)));
        self
    }

    /// Lets the rules from DATA on hold for mails to one address.
    pub fn only_to(mut self, address: &'static str) -> Self {
        self.only_to = Some(address);
        self
    }

    /// Refuses what a strict server refuses, and offers as little.
    pub fn strict() -> Self {
        Self { is_strict: true, offers: vec!["SIZE 1000000"], ..Self::default() }
    }

    pub(super) fn act(&self, at: &At) -> Option<Act> {
        self.find(|point| point == at)
    }

    pub(super) fn act_for_recipient(&self, recipient: &str) -> Option<Act> {
        self.find(|point| matches!(point, At::Recipient(address) if *address == recipient))
    }

    pub(super) fn act_for_mail(&self, recipients: &[String]) -> Option<Act> {
        if self.spares(recipients) { None } else { self.find(|point| *point == At::Data) }
    }

    pub(super) fn act_after_dot(&self, recipients: &[String]) -> Option<Act> {
        let is_to = |address: &str| recipients.iter().any(|recipient| recipient == address);
        let spares = self.spares(recipients);
        self.find(|point| {
            (*point == At::Dot && !spares) || matches!(point, At::DotTo(address) if is_to(address))
        })
    }

    /// Returns what to do in the middle of a mail, once that many bytes of it are there.
    pub(super) fn act_in_body(&self, recipients: &[String], bytes: usize) -> Option<Act> {
        if self.spares(recipients) {
            return None;
        }
        self.find(|point| matches!(point, At::Body(least) if *least <= bytes))
    }

    fn spares(&self, recipients: &[String]) -> bool {
        self.only_to.is_some_and(|address| recipients.iter().all(|recipient| recipient != address))
    }

    fn find(&self, is_meant: impl Fn(&At) -> bool) -> Option<Act> {
        let (_, act) = self.rules.iter().find(|(point, _)| is_meant(point))?;
        let use_up = |times: &Arc<AtomicUsize>| {
            let one_less = |left: usize| left.checked_sub(1);
            times.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
        };
        self.times.as_ref().is_none_or(use_up).then(|| act.clone())
    }
}
