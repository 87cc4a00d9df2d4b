//! The outbox's pace: how many mails are handed over at once, and when a mail server in trouble is asked again.
//!
//! It only decides, and is told what time it is: who hands over, and how, is not known here.

use domain::retry::{Refusal, probe_distance};
use domain::time::{Span, Timestamp};

use crate::rounds::Wake;
use crate::store::{HANGS_AFTER, Outcome};

/// Connections that are talking at once: small mail servers allow few.
const TALKING_MAX: usize = 2;

/// All connections, those that hang included: fewer than the twenty that common mail servers take from one caller.
const SENDERS_MAX: usize = 16;

/// Distance of two mails of one connection: together two hundred a second, which does not look like a flood.
pub const MAIL_DISTANCE: Span = Span::from_millis(10);

/// How soon to look again while something is being sent.
pub const BUSY_DISTANCE: Span = Span::from_seconds(1);

/// Keeps the senders away from a mail server that is in trouble.
#[derive(Debug, Default)]
pub struct Breaker {
    failures: u32,
    closed_until: Option<Timestamp>,
}

impl Breaker {
    /// Returns until when the mail server is left alone, or `None` if it may be asked at `now`.
    #[must_use]
    pub fn closed_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.closed_until.filter(|&until| now < until)
    }

    /// Notes that the mail server failed at `now`; returns whether that is news.
    pub fn note_trouble(&mut self, refusal: Refusal, now: Timestamp) -> bool {
        self.failures += 1;
        self.closed_until = Some(now + probe_distance(refusal, self.failures));
        self.failures == 1
    }

    /// Notes that the mail server does its work; returns whether that is news.
    pub fn note_well(&mut self) -> bool {
        0 < std::mem::take(self).failures
    }

    /// Tells whether one more sender may start beside those that have been busy with a mail since these instants;
    /// `None` is between two mails.
    #[must_use]
    pub fn may_start(&self, busy_since: &[Option<Timestamp>], now: Timestamp) -> bool {
        // After trouble, one mail finds out whether it is over.
        let talking_max = if self.failures == 0 { TALKING_MAX } else { 1 };
        let is_talking = |since: &&Option<Timestamp>| since.is_none_or(|since| !hangs(since, now));
        busy_since.iter().filter(is_talking).count() < talking_max && busy_since.len() < SENDERS_MAX
    }
}

/// Tells whether a connection that has been busy with a mail since `began` hangs. It does not count as talking any
/// more, so that it keeps the others from nothing; if it goes on after all, others have taken its place.
#[must_use]
pub fn hangs(began: Timestamp, now: Timestamp) -> bool {
    HANGS_AFTER <= now - began
}

/// Tells whether a sender ends with this mail, because the server is in trouble.
#[must_use]
pub fn ends_with(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(Refusal::ServerSoft | Refusal::ServerConfig, _))
}

/// Keeps two looks as far apart as the config asks, whatever rings.
#[derive(Debug, Default)]
pub struct Looks {
    last: Option<Timestamp>,
}

impl Looks {
    /// Returns when it is time for the next look, or `None` if that is `now`: then it is taken for made.
    pub fn wait(&mut self, distance: Span, now: Timestamp) -> Option<Timestamp> {
        let turn = self.last.map(|last| last + distance).filter(|&turn| now < turn);
        if turn.is_none() {
            self.last = Some(now);
        }
        turn
    }
}

/// Says when to look again. `next` is when there is something to do, `distance` what the config asks for.
///
/// A server with nothing to say sleeps until something is queued, and is not asked each second. Every sleep ends when
/// the bell rings, as it does after a suspend, by which a timer may be late.
#[must_use]
pub fn look_again(next: Option<Timestamp>, is_sending: bool, distance: Span, now: Timestamp) -> Wake {
    let turn = now + distance;
    match next {
        Some(at) if !is_sending && now < at => Wake::AtOrBell(at.max(turn)),
        None if !is_sending => Wake::OnBell,
        Some(_) | None if Span::ZERO < distance => Wake::AtOrBell(turn),
        Some(_) | None => Wake::AtOrBell(now + BUSY_DISTANCE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn connections_that_hang_keep_no_others_from_talking() {
        let breaker = Breaker::default();
        assert!(breaker.may_start(&[Some(at(99))], at(100)));
        assert!(!breaker.may_start(&[Some(at(99)), None], at(100)));
        assert!(breaker.may_start(&[Some(at(1)), Some(at(90)), None], at(100)));
        assert!(!breaker.may_start(&[Some(at(1)); 16], at(100)), "but not without limit");
    }

    #[test]
    fn a_server_in_trouble_is_left_alone_and_then_asked_by_one() {
        let mut breaker = Breaker::default();
        assert!(breaker.note_trouble(Refusal::ServerSoft, at(100)));
        assert_eq!(breaker.closed_until(at(104)), Some(at(105)));
        assert_eq!(breaker.closed_until(at(105)), None);
        assert!(!breaker.may_start(&[None], at(105)));
        assert!(!breaker.note_trouble(Refusal::ServerSoft, at(105)));
        assert!(breaker.note_well());
        assert!(breaker.may_start(&[None], at(106)));
        assert!(!breaker.note_well());
    }

    #[test]
    fn nobody_looks_while_nothing_waits_and_what_is_queued_then_keeps_the_distance() {
        let distance = Span::from_seconds(20);
        let mut looks = Looks::default();
        assert_eq!(looks.wait(distance, at(100)), None);
        assert_eq!(look_again(None, false, distance, at(100)), Wake::OnBell);
        assert_eq!(looks.wait(distance, at(101)), Some(at(120)), "queued right after a look");
        assert_eq!(looks.wait(distance, at(120)), None);
        assert_eq!(looks.wait(distance, at(900)), None, "queued long after one");
        assert_eq!(look_again(Some(at(905)), false, distance, at(900)), Wake::AtOrBell(at(920)));
        assert_eq!(look_again(Some(at(990)), false, distance, at(900)), Wake::AtOrBell(at(990)));
        assert_eq!(look_again(Some(at(900)), true, distance, at(900)), Wake::AtOrBell(at(920)));
        assert_eq!(look_again(None, true, distance, at(900)), Wake::AtOrBell(at(920)));
    }

    #[test]
    fn what_is_queued_is_looked_at_at_once_where_the_config_asks_for_no_distance() {
        let mut looks = Looks::default();
        assert_eq!((looks.wait(Span::ZERO, at(100)), looks.wait(Span::ZERO, at(100))), (None, None));
        assert_eq!(look_again(Some(at(100)), true, Span::ZERO, at(100)), Wake::AtOrBell(at(101)));
    }
}
