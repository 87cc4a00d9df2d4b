//! What arrived at the mail server, sorted by the check it is about.

use std::collections::BTreeMap;
use std::time::Duration;

use mail_parser::MessageParser;
use rig::smtp::{MailServer, Received};

use crate::plan::{LIVING_READER, MORTALS, Plan};
use crate::weather::Weather;

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A first alert, with how many silences it tells of.
    First(usize),
    Reminder,
}

/// A mail, known by its Message-ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub id: String,
    pub kind: Kind,
    /// When it was first accepted, to a quarter of a second.
    pub at: Duration,
}

/// The sorted post.
#[derive(Default)]
pub struct Post {
    /// The letters about each mortal check, in the order in which they came.
    pub letters: Vec<Vec<Letter>>,
    /// When each mortal's reader was offered to the mail server, well or badly.
    pub offers: Vec<Vec<Duration>>,
    /// Mails to the readers of those that never fall silent, and whatever else nobody should have sent.
    pub strays: Vec<(Duration, String)>,
    /// Mails that came again under the same Message-ID because an answer was lost.
    pub repeats_excused: usize,
    /// Mails that came again without such a reason.
    pub repeats: Vec<(Duration, String)>,
    /// Times in which nobody was there, until the first mail after it.
    troubles: Vec<(Duration, Duration)>,
    trouble: Option<Trouble>,
    /// What took the program too long to notice.
    pub late: Vec<String>,
    /// Instants at which the program was ended: what it had just sent, it may send again.
    pub ends: Vec<Duration>,
    mails_read: usize,
    lines_read: usize,
    /// In what weather and when a mail was last accepted.
    accepted: BTreeMap<String, (Duration, bool)>,
}

/// A time in which nobody is there, or in which it has not been noticed that somebody is there again.
#[derive(Clone, Copy, Debug)]
struct Trouble {
    from: Duration,
    back: Option<Duration>,
    /// Connections before that.
    connections: usize,
}

impl Trouble {
    /// When the program has to have come to a mail server that is there again.
    ///
    /// It asks after 5, 10, 20 … s: never later than the time of its trouble so far, which doubles each time that the
    /// weather turns it away again.
    fn noticed_by(&self, back: Duration, connections: usize) -> Duration {
        let asked = connections.saturating_sub(self.connections).min(8);
        let first = back.saturating_sub(self.from) + Duration::from_secs(5);
        back + first * ((2 << asked) - 1) + Duration::from_secs(10)
    }
}

impl Post {
    pub fn new() -> Self {
        Self { letters: vec![Vec::new(); MORTALS], offers: vec![Vec::new(); MORTALS], ..Self::default() }
    }

    /// How many mails were accepted in all.
    pub fn accepted(&self) -> usize {
        self.mails_read
    }

    /// Fetches what came until `now`, in this weather or the one before.
    pub fn fetch(&mut self, server: &MailServer, plan: &Plan, now: Duration, weathers: [Weather; 2]) {
        let lines = server.lines_after(self.lines_read);
        self.lines_read += lines.len();
        for line in lines {
            let recipient = line.strip_prefix("RCPT TO:<").and_then(|rest| rest.split('>').next());
            if let Some(check) = recipient.and_then(|recipient| plan.check_of(recipient)) {
                self.offers[check - plan.living()].push(now);
            }
        }
        let mails = server.mails_after(self.mails_read);
        self.follow_trouble(now, server.connections(), !mails.is_empty());
        self.mails_read += mails.len();
        let may_repeat = weathers.into_iter().any(Weather::loses_answers);
        for mail in mails {
            self.sort(&mail, plan, now, may_repeat);
        }
    }

    fn sort(&mut self, mail: &Received, plan: &Plan, now: Duration, may_repeat: bool) {
        let parsed = MessageParser::default().parse(&mail.raw).unwrap();
        let id = parsed.message_id().unwrap_or_default().to_owned();
        let subject = parsed.subject().unwrap_or_default();
        let text = parsed.body_text(0).unwrap_or_default();
        let recipient = mail.recipients.first().map_or("", String::as_str);
        let kind = kind(subject, &text);
        let (Some(check), Some(kind)) = (plan.check_of(recipient), kind) else {
            let about = if recipient == LIVING_READER { "about the living: " } else { "" };
            self.strays.push((now, format!("{about}{recipient}: {subject}")));
            return;
        };
        match self.accepted.insert(id.clone(), (now, may_repeat)) {
            Some((before, could_repeat)) => {
                let was_ended = |end: &Duration| before <= *end + Duration::from_secs(1) && *end <= now;
                if could_repeat || self.ends.iter().any(was_ended) {
                    self.repeats_excused += 1;
                } else {
                    self.repeats.push((now, format!("{recipient}: {subject} ({id}), first at {before:?}")));
                }
            }
            None => self.letters[check - plan.living()].push(Letter { id, kind, at: now }),
        }
    }

    /// Takes note that nobody is at the mail server from now on.
    pub fn note_leaving(&mut self, now: Duration) {
        let trouble = self.trouble.get_or_insert(Trouble { from: now, back: None, connections: 0 });
        trouble.back = None;
    }

    /// Takes note that somebody is there again, after so many connections in all.
    pub fn note_return(&mut self, now: Duration, connections: usize) {
        if let Some(trouble) = &mut self.trouble {
            (trouble.back, trouble.connections) = (Some(now), connections);
        }
    }

    fn follow_trouble(&mut self, now: Duration, connections: usize, has_mails: bool) {
        let Some(trouble) = self.trouble else { return };
        let Some(back) = trouble.back else { return };
        let is_late = trouble.noticed_by(back, connections) < now;
        if is_late {
            self.late.push(format!("the mail server was back at {back:?}, and not used until {now:?}"));
        }
        if has_mails || is_late {
            self.trouble = None;
            self.troubles.push((trouble.from, now));
        }
    }

    /// How long the mail server was away, or taken to be, between two instants.
    pub fn away_between(&self, from: Duration, until: Duration) -> Duration {
        let open = self.trouble.map(|trouble| (trouble.from, Duration::MAX));
        let troubles = self.troubles.iter().copied().chain(open);
        troubles.map(|(since, back)| until.min(back).saturating_sub(from.max(since))).sum()
    }
}

/// Reads what a mail is about, or `None` if it is no alert about one check.
fn kind(subject: &str, text: &str) -> Option<Kind> {
    if !subject.ends_with(" disconnection detected") {
        return None;
    }
    if text.contains("This is reminder number ") {
        return Some(Kind::Reminder);
    }
    let times = text.split_once("It fell silent ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    Some(Kind::First(times.unwrap_or(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_that_is_back_has_to_be_noticed() {
        let at = Duration::from_secs;
        let mut post = Post::new();
        post.note_leaving(at(100));
        post.note_return(at(140), 7);
        post.follow_trouble(at(190), 7, false);
        assert_eq!(post.away_between(at(0), at(190)), at(90));
        post.follow_trouble(at(280), 8, false);
        assert!(post.late.is_empty(), "it was turned away once");
        post.follow_trouble(at(290), 8, false);
        assert_eq!(post.late.len(), 1);
        assert_eq!(post.away_between(at(280), at(500)), at(10));
    }

    #[test]
    fn first_alerts_and_reminders_are_told_apart() {
        assert_eq!(kind("x disconnection detected", "User x\n"), Some(Kind::First(1)));
        let reminder = "This is reminder number 2: it has been late since";
        assert_eq!(kind("x disconnection detected", reminder), Some(Kind::Reminder));
        let joined = "It fell silent 3 times while this mail waited";
        assert_eq!(kind("x disconnection detected", joined), Some(Kind::First(3)));
        assert_eq!(kind("2 disconnections detected", ""), None);
    }
}
