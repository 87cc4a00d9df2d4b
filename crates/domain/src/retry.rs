//! When to try a mail again, and when to give it up.

use crate::planted;
use crate::time::Span;

/// Why a mail was not accepted, as far as it decides what to do next (`SendError` has the words).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The mail server cannot be reached or is busy: it is charged to the server, and no try is counted.
    ServerSoft,
    /// The mail server refuses us as a whole (login, certificate, sender): only a person can mend it.
    ServerConfig,
    /// This mail was put off: full mailbox, greylisting, routing.
    Soft,
    /// This mail was refused for good.
    Hard,
    /// Nobody knows whether it was accepted: no answer after the final dot.
    Ambiguous,
    /// It cannot be sent by this server at all, whatever the answer would be.
    Unsendable,
}

/// What kind of promise a mail carries, which decides how long it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Patience {
    /// A first alert: days, and at least [`TRIES_MIN`] tries.
    FirstAlert,
    /// A reminder, a recovery or a notice: a day.
    Other,
}

/// How a mail fared so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// Tries that count: those that came to a word about this mail.
    pub counted: u32,
    /// How many of them ended in [`Refusal::Hard`].
    pub refused: u32,
    /// Running time since the mail was queued: own downtime left out.
    pub age: Span,
}

/// What to do with a mail that was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Wait for the server to come back; the mail itself stays due.
    AwaitServer,
    /// Try again after this length.
    Again(Span),
    /// Stop trying, and show it.
    GiveUp,
}

/// A first alert is not given up before this many tries, however old it is: five days in which the machine ran but
/// the network did not are no fair trial.
pub const TRIES_MIN: u32 = 20;

const FIRST_ALERT_AGE_MAX: Span = Span::from_hours(5 * 24);
const OTHER_AGE_MAX: Span = Span::from_hours(24);

/// Decides what happens to a mail after its last try ended in `refusal`, which `tries` already counts.
///
/// `jitter` is a number drawn from `0.0..1.0`; it moves the distance by up to a fifth either way, so that mails that
/// failed together do not come back together.
#[must_use]
pub fn after(refusal: Refusal, patience: Patience, tries: Tries, jitter: f64) -> Next {
    let spread = |span: Span| Next::Again(span.scaled(0.8 + 0.4 * jitter));
    let next = match refusal {
        Refusal::ServerSoft | Refusal::ServerConfig => Next::AwaitServer,
        Refusal::Unsendable => Next::GiveUp,
        Refusal::Hard => match (patience, tries.refused) {
            (Patience::FirstAlert, 0 | 1) => spread(Span::from_minutes(10)),
            (Patience::FirstAlert, 2) => spread(Span::from_hours(1)),
            (Patience::FirstAlert | Patience::Other, _) => Next::GiveUp,
        },
        Refusal::Soft | Refusal::Ambiguous if is_exhausted(patience, tries) => Next::GiveUp,
        Refusal::Soft => spread(put_off(tries.counted)),
        Refusal::Ambiguous => spread(distance(tries.counted)),
    };
    planted::next(next, refusal, tries)
}

fn is_exhausted(patience: Patience, tries: Tries) -> bool {
    match patience {
        Patience::FirstAlert => FIRST_ALERT_AGE_MAX < tries.age && TRIES_MIN <= tries.counted,
        Patience::Other => OTHER_AGE_MAX < tries.age,
    }
}

/// Returns the distance between try number `counted` and the next.
fn distance(counted: u32) -> Span {
    match counted {
        0..=2 => Span::from_seconds(15),
        3 => Span::from_seconds(30),
        4 => Span::from_minutes(1),
        5 => Span::from_minutes(2),
        6 => Span::from_minutes(4),
        7 => Span::from_minutes(7),
        8 => Span::from_minutes(15),
        9 => Span::from_minutes(30),
        _ => Span::from_hours(1),
    }
}

/// Returns the distance after a mail was put off: a greylist wants minutes, a full mailbox hours.
fn put_off(counted: u32) -> Span {
    match counted {
        0 | 1 => Span::from_minutes(1),
        2 => Span::from_minutes(3),
        3 => Span::from_minutes(6),
        4 => Span::from_minutes(15),
        5 => Span::from_minutes(30),
        _ => Span::from_hours(1),
    }
}

/// When a mail server that failed is asked again: the breaker's distance after `failures` failures in a row.
///
/// From 5 s to 8 min for [`Refusal::ServerSoft`], so that every alert is out within ten minutes of the server's return;
/// always 15 min for [`Refusal::ServerConfig`], which only a person can mend and which more logins could turn into a
/// locked account.
#[must_use]
pub fn probe_distance(refusal: Refusal, failures: u32) -> Span {
    const LONGEST: Span = Span::from_minutes(8);
    planted::probe_distance(match refusal {
        Refusal::ServerConfig => Span::from_minutes(15),
        Refusal::ServerSoft | Refusal::Soft | Refusal::Hard | Refusal::Ambiguous | Refusal::Unsendable => {
            let doublings = failures.saturating_sub(1).min(8);
            LONGEST.min(Span::from_seconds(5 << doublings))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const YOUNG: Span = Span::from_minutes(1);
    const OLD: Span = Span::from_hours(6 * 24);

    fn tries(counted: u32, refused: u32, age: Span) -> Tries {
        Tries { counted, refused, age }
    }

    #[test]
    fn a_server_in_trouble_costs_a_mail_no_try_at_any_age() {
        for refusal in [Refusal::ServerSoft, Refusal::ServerConfig] {
            assert_eq!(after(refusal, Patience::FirstAlert, tries(0, 0, OLD), 0.5), Next::AwaitServer);
            assert_eq!(after(refusal, Patience::Other, tries(90, 0, OLD), 0.5), Next::AwaitServer);
        }
    }

    #[test]
    fn a_refused_first_alert_gets_two_more_tries() {
        let next = |refused| after(Refusal::Hard, Patience::FirstAlert, tries(refused, refused, YOUNG), 0.5);
        assert_eq!(next(1), Next::Again(Span::from_minutes(10)));
        assert_eq!(next(2), Next::Again(Span::from_hours(1)));
        assert_eq!(next(3), Next::GiveUp);
    }

    #[test]
    fn a_refused_reminder_is_given_up_at_once() {
        assert_eq!(after(Refusal::Hard, Patience::Other, tries(1, 1, YOUNG), 0.5), Next::GiveUp);
    }

    #[test]
    fn a_first_alert_is_given_up_only_when_old_and_often_tried() {
        let next = |counted, age| after(Refusal::Soft, Patience::FirstAlert, tries(counted, 0, age), 0.5);
        assert_eq!(next(19, OLD), Next::Again(Span::from_hours(1)));
        assert_eq!(next(20, YOUNG), Next::Again(Span::from_hours(1)));
        assert_eq!(next(20, OLD), Next::GiveUp);
    }

    #[test]
    fn jitter_moves_a_try_by_a_fifth_at_most() {
        let next = |jitter| after(Refusal::Soft, Patience::Other, tries(1, 0, YOUNG), jitter);
        assert_eq!(next(0.0), Next::Again(Span::from_seconds(48)));
        assert_eq!(next(1.0), Next::Again(Span::from_seconds(72)));
    }

    #[test]
    fn an_unreachable_server_is_asked_every_5_seconds_to_8_minutes() {
        assert_eq!(probe_distance(Refusal::ServerSoft, 1), Span::from_seconds(5));
        assert_eq!(probe_distance(Refusal::ServerSoft, 4), Span::from_seconds(40));
        assert_eq!(probe_distance(Refusal::ServerSoft, 1_000), Span::from_minutes(8));
        assert_eq!(probe_distance(Refusal::ServerConfig, 1), Span::from_minutes(15));
    }
}
