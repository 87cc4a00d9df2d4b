//! What the test server does, as a list of exceptions from accepting everything.

use std::time::Duration;

/// A point of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
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
    /// Accept (a mail: for good), but close the connection before the answer is sent.
    AcceptAndVanish,
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

    pub(super) fn act_after_dot(&self, recipients: &[String]) -> Option<Act> {
        self.find(|point| {
            let is_to = |address: &str| recipients.iter().any(|recipient| recipient == address);
            *point == At::Dot || matches!(point, At::DotTo(address) if is_to(address))
        })
    }

    pub(super) fn vanishes_in_body(&self) -> Option<usize> {
        self.rules.iter().find_map(|(point, _)| if let At::Body(bytes) = point { Some(*bytes) } else { None })
    }

    fn find(&self, is_meant: impl Fn(&At) -> bool) -> Option<Act> {
        self.rules.iter().find(|(point, _)| is_meant(point)).map(|(_, act)| act.clone())
    }
}
