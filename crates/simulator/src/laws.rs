//! The laws that the world itself can judge: by its own clocks, its own clients and its own mail server.
//!
//! The oracle judges what the server decided by what the server could know; these laws judge it by what was true.

use std::collections::BTreeMap;

use domain::time::Timestamp;

use crate::history::{Check, Kind, Row, RowId, Seen, State};
use crate::ledger::Ledger;
use crate::oracle::violation::Violation;
use crate::weather::{MILLISECOND, SECOND};
use crate::witness::NotedFlip;

/// How much earlier than by the true time a client may be called silent: its ping may have waited so long in a stall
/// too short to be noted.
const STALL_UNNOTED: i64 = 250 * MILLISECOND;

/// How long somebody may be overdue at the end of a run: the calm after a gap, a pass, a commit.
const DUE_WITHIN: i64 = 60 * SECOND;

type Judgement = Result<(), Violation>;

fn broken(law: &'static str, told: String) -> Judgement {
    Err(Violation { law, told })
}

/// Nobody is called silent within `max_sleep` of a ping that was answered 200, by the true time.
pub(crate) fn no_alert_within_max_sleep(ledger: &Ledger, flip: NotedFlip, now: i64) -> Judgement {
    let Some(max_sleep) = ledger.least_max_sleep(flip.check) else { return Ok(()) };
    let Some(account) = ledger.accounts.get(&flip.check) else { return Ok(()) };
    let Some(answered_at) = account.answered_at else { return Ok(()) };
    // A ping that came after the decision may be answered with the same commit.
    if account.answered.last().is_some_and(|&last| flip.at <= last) {
        return Ok(());
    }
    if !flip.is_down || !flip.is_by_silence || max_sleep - STALL_UNNOTED <= now - answered_at {
        return Ok(());
    }
    broken(
        "I2 nobody is called silent within max_sleep of a ping that was answered 200, by the true time",
        format!(
            "{:?} was answered {} us ago, and may sleep for {max_sleep} us",
            flip.check,
            now - answered_at
        ),
    )
}

/// An answered ping is known in every later state: the last ping never lies before it.
pub(crate) fn an_answered_ping_is_known(ledger: &Ledger, seen: &[Seen]) -> Judgement {
    for check in seen {
        let Some(account) = ledger.accounts.get(&check.check) else { continue };
        let Some(last) = account.answered.iter().max() else { continue };
        if check.last_ping.is_none_or(|known| known < *last) {
            return broken(
                "I1 a ping that was answered 200 is known in every later state",
                format!(
                    "{:?} was answered for {last:?}, and its last ping is {:?}",
                    check.check, check.last_ping
                ),
            );
        }
    }
    Ok(())
}

/// An answered ping is in the history that people read.
pub(crate) fn an_answered_ping_is_in_the_history(
    check: Check,
    wall: jiff::Timestamp,
    is_found: bool,
) -> Judgement {
    if is_found {
        return Ok(());
    }
    broken(
        "I1 a ping that was answered 200 is in the history that people read",
        format!("{check:?} was answered at {wall}, and its page does not show it"),
    )
}

/// The last ping of a check never moves back.
pub(crate) fn the_last_ping_never_moves_back(before: &[Seen], after: &[Seen]) -> Judgement {
    let known: BTreeMap<Check, Option<Timestamp>> =
        before.iter().map(|seen| (seen.check, seen.last_ping)).collect();
    for seen in after {
        if let Some(&earlier) = known.get(&seen.check)
            && seen.last_ping < earlier
        {
            return broken(
                "I15 the last ping of a check never moves back",
                format!("{:?} had {earlier:?} and has {:?}", seen.check, seen.last_ping),
            );
        }
    }
    Ok(())
}

/// A mail is accepted once, and once more for each time that nobody could know whether it was.
pub(crate) fn a_mail_is_accepted_once(ledger: &Ledger) -> Judgement {
    for (key, &times) in &ledger.accepted {
        let doubtful = ledger.doubtful.get(key).copied().unwrap_or(0);
        if 1 + doubtful < times {
            return broken(
                "I4 a mail is accepted once, and once more for each time that nobody could know whether it was",
                format!("{key} was accepted {times} times, {doubtful} of them in doubt"),
            );
        }
    }
    Ok(())
}

/// Nobody is told of a check that is not monitored.
pub(crate) fn no_word_of_the_unmonitored(ledger: &Ledger, new: &Row) -> Judgement {
    let is_monitored = |config: &crate::history::Config| {
        config.checks.iter().any(|declared| declared.check == new.check && declared.monitor)
    };
    let was_monitored = ledger.config_before.as_ref().is_some_and(is_monitored);
    let is_alert = matches!(new.kind, Kind::FirstAlert | Kind::Reminder);
    if !is_alert || was_monitored || ledger.config.as_ref().is_some_and(is_monitored) {
        return Ok(());
    }
    broken("I6 nobody is told of a check that is not monitored", format!("{new:?}"))
}

/// For a check and a recipient at most one alert waits, beside one that is being sent.
pub(crate) fn the_queue_is_bounded(rows: &BTreeMap<RowId, Row>, open: &[RowId]) -> Judgement {
    let mut waiting: BTreeMap<_, u32> = BTreeMap::new();
    for row in open.iter().filter_map(|id| rows.get(id)) {
        if row.state == State::Waiting && matches!(row.kind, Kind::FirstAlert | Kind::Reminder) {
            let count = waiting.entry((row.check, row.recipient)).or_default();
            *count += 1;
            // A lease that a crash voided may leave a second one behind the one that took its place.
            if 2 < *count {
                return broken("I9 at most one alert waits for a check and a recipient", format!("{row:?}"));
            }
        }
    }
    Ok(())
}

/// Whoever was silent for K times `max_sleep` of time that was surely listened to has an incident, whose first mail
/// was queued.
pub(crate) fn the_silent_are_reported(
    ledger: &Ledger,
    seen: &[Seen],
    rows: &BTreeMap<RowId, Row>,
) -> Judgement {
    let Some(config) = &ledger.config else { return Ok(()) };
    for declared in config.checks.iter().filter(|declared| declared.monitor) {
        let Some(account) = ledger.accounts.get(&declared.check) else { continue };
        let allowed = declared.max_sleep.scaled(config.restart_tolerance).as_micros()
            + config.base_frequency.as_micros()
            + DUE_WITHIN;
        if account.listened <= allowed {
            continue;
        }
        let is_down = seen.iter().any(|seen| seen.check == declared.check && seen.is_down);
        let has_word = rows.values().any(|row| row.check == declared.check && row.kind == Kind::FirstAlert);
        if !is_down || !has_word {
            return broken(
                "I3 whoever is silent for K times max_sleep of listened time is reported",
                format!(
                    "{:?} was silent for {} us that were listened to (allowed {allowed}): down {is_down}, first mail {has_word}",
                    declared.check, account.listened
                ),
            );
        }
    }
    Ok(())
}

/// Every room turns again within a minute after the faults have stopped.
pub(crate) fn the_rooms_turn(stale: &[&'static str]) -> Judgement {
    if stale.is_empty() {
        return Ok(());
    }
    broken("I14 every room turns again within a minute after the faults stop", stale.join(", "))
}
