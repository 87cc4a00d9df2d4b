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
    /// Times in which nobody was at the mail server, the last perhaps until now.
    aways: Vec<(Duration, Option<Duration>)>,
    /// Times without an accepted mail that the program may not be blamed for.
    quiets: Vec<(Duration, Duration)>,
    /// Since when no mail has been accepted, and how many connections there have been since.
    quiet: Quiet,
    /// Instants at which the program was ended: what it had just sent, it may send again.
    pub ends: Vec<Duration>,
    mails_read: usize,
    lines_read: usize,
    /// In what weather and when a mail was last accepted.
    accepted: BTreeMap<String, (Duration, bool)>,
}

/// A time without an accepted mail.
#[derive(Clone, Copy, Debug, Default)]
struct Quiet {
    since: Duration,
    /// Connections before it, and up to now.
    connections: (usize, usize),
}

/// A time without mails that is shorter is none.
const QUIET_LEAST: Duration = Duration::from_secs(5);

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
        self.follow_quiet(now, server.connections(), !mails.is_empty());
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
        self.aways.push((now, None));
    }

    /// Takes note that somebody is there again.
    pub fn note_return(&mut self, now: Duration) {
        if let Some((_, back)) = self.aways.last_mut() {
            back.get_or_insert(now);
        }
    }

    fn follow_quiet(&mut self, now: Duration, connections: usize, has_mails: bool) {
        self.quiet.connections.1 = connections;
        if has_mails {
            let end = self.quiet_until().min(now);
            if self.quiet.since + QUIET_LEAST < end {
                self.quiets.push((self.quiet.since, end));
            }
            self.quiet = Quiet { since: now, connections: (connections, connections) };
        }
    }

    /// Until when the present time without mails is not the program's fault.
    ///
    /// After trouble it asks again in 5, 10, 20 … s: never later than its trouble has lasted, and each time that the
    /// weather turns it away this doubles.
    fn quiet_until(&self) -> Duration {
        let Quiet { since, connections: (before, now) } = self.quiet;
        let turned_away = (now - before).min(8);
        let away: Duration = self
            .aways
            .iter()
            .map(|(from, back)| back.unwrap_or(Duration::MAX / 1_024).saturating_sub(since.max(*from)))
            .sum();
        since + (away + QUIET_LEAST) * ((2 << turned_away) - 1) + 2 * QUIET_LEAST
    }

    /// For how long the program could send nothing, through no fault of its own, between two instants.
    pub fn quiet_between(&self, from: Duration, until: Duration) -> Duration {
        let quiets = self.quiets.iter().copied().chain([(self.quiet.since, self.quiet_until())]);
        quiets.map(|(since, end)| until.min(end).saturating_sub(from.max(since))).sum()
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
    fn only_what_the_weather_explains_is_excused() {
        let at = Duration::from_secs;
        let mut post = Post::new();
        post.follow_quiet(at(100), 7, true);
        post.follow_quiet(at(200), 7, false);
        assert_eq!(post.quiet_between(at(100), at(200)), at(15), "nobody turned it away");
        post.follow_quiet(at(200), 8, false);
        assert_eq!(post.quiet_between(at(100), at(200)), at(25), "one did");
        post.note_leaving(at(110));
        post.note_return(at(150));
        assert_eq!(post.quiet_between(at(100), at(500)), at(145), "and nobody was there for 40 s");
        post.follow_quiet(at(210), 9, true);
        assert_eq!(post.quiet_between(at(100), at(210)), at(110), "until a mail was taken");
        assert_eq!(post.quiet_between(at(190), at(205)), at(15));
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
