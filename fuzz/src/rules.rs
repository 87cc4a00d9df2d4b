//! The rules: any events in any order break none of the laws of a check.

use domain::check::{Check, Effects, Event, Listening, Policy, State};
use domain::flip::Direction;
use domain::gap::{Gap, Gaps, Tolerance};
use domain::ping::{Ping, Signal};
use domain::schedule::Schedule;
use domain::time::{Span, Timestamp};

use crate::input::Input;

/// Reads the input as a policy, and then as events, each some time after the one before.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let tolerance = Tolerance::new(f64::from(input.byte()) / 16.0);
    let mut now = Timestamp::from_micros(1_800_000_000_000_000);
    let mut check = Check::new(policy(&mut input), now);
    let mut gaps = Gaps::default();
    while !input.is_empty() {
        let kind = input.byte();
        now = now + length(&mut input);
        let event = match kind % 9 {
            0 | 1 => Event::Ping(Ping {
                at: now - length(&mut input).min(Span::from_seconds(5)),
                signal: Signal::Success,
            }),
            2 | 3 => Event::Deadline(now),
            4 => Event::Revise(now, policy(&mut input)),
            5 => Event::Archive(now),
            6 => Event::Restore(now, policy(&mut input)),
            7 => Event::ChannelOpened,
            _ => {
                blind(&mut gaps, &mut now, &mut input);
                continue;
            }
        };
        let listening = Listening { gaps: &gaps, tolerance };
        let before = check;
        let mut twin = check;
        let effects = check.apply(&event, listening);
        assert_eq!(
            (effects, check),
            (twin.apply(&event, listening), twin),
            "the same event has other effects"
        );
        hold(&before, &check, &effects, &event);
        look(&check, listening, now);
    }
}

/// What holds of every event.
fn hold(before: &Check, after: &Check, effects: &Effects, event: &Event) {
    assert!(before.last_ping <= after.last_ping, "the last ping moved back");
    if let Event::Ping(ping) = event {
        assert!(Some(ping.at) <= after.last_ping, "a ping was forgotten");
        assert!(!matches!(after.state, State::Down(_)), "a ping left it down");
    }
    assert!(before.incidents <= after.incidents && after.incidents <= before.incidents + 1);
    let (was_down, is_down) = (is_down(before), is_down(after));
    match effects.flip.map(|flip| flip.to) {
        Some(Direction::Down) => assert!(!was_down && is_down, "{effects:?}"),
        Some(Direction::Up) => assert!(was_down && !is_down, "{effects:?}"),
        None => {
            assert_eq!(was_down && !matches!(event, Event::Restore(..)), is_down, "{event:?}: {effects:?}");
        }
    }
    assert_eq!(
        effects.ended.is_some(),
        was_down && !is_down && !matches!(event, Event::Restore(..)),
        "{effects:?}"
    );
    if let Some(alert) = effects.alert {
        assert!(matches!(event, Event::Deadline(_)) && after.policy.is_monitored, "{event:?}");
        assert_eq!(after.state, State::Down(alert.incident));
        assert!(1 <= alert.incident.alerts && alert.incident.number == after.incidents);
        assert!(alert.is_first || 1 < alert.incident.alerts);
    }
    let is_plain_ping = matches!(event, Event::Ping(_)) && !effects.is_changed;
    assert!(effects.is_changed || is_plain_ping || before == after, "a change that nobody is told of");
}

/// What readers ask at any time.
fn look(check: &Check, listening: Listening<'_>, now: Timestamp) {
    let deadline = check.deadline(listening, now);
    assert!(Span::ZERO <= deadline.extended, "{deadline:?}");
    let _ = check.standing(listening, now);
    let wakes = check.wakes_at(listening, now);
    assert_eq!(wakes.is_some(), check.policy.is_monitored);
    // Before the instant named a pass finds nothing to do.
    if wakes.is_some_and(|at| now < at) {
        let mut twin = *check;
        assert_eq!(twin.apply(&Event::Deadline(now), listening), Effects::default());
        assert_eq!(twin, *check);
    }
}

fn is_down(check: &Check) -> bool {
    matches!(check.state, State::Down(_))
}

fn blind(gaps: &mut Gaps, now: &mut Timestamp, input: &mut Input<'_>) {
    let from = *now;
    *now = *now + length(input);
    match input.byte() % 4 {
        0 => gaps.open(from),
        1 => drop(gaps.close(*now)),
        2 => gaps.forget_before(from),
        _ => gaps.push(Gap { from, until: *now }),
    }
}

fn policy(input: &mut Input<'_>) -> Policy {
    Policy {
        schedule: Schedule::Every(length(input)),
        grace: length(input),
        is_monitored: !input.byte().is_multiple_of(4),
        remind_every: length(input),
        refresh_on_ping: input.flag(),
        notify_recovery: input.flag(),
    }
}

/// A length between a microsecond and some ten years, short ones as likely as long ones.
fn length(input: &mut Input<'_>) -> Span {
    let unit =
        [1, 1_000, 1_000_000, 60_000_000, 86_400_000_000, 1_000_000_000_000][usize::from(input.byte() % 6)];
    Span::from_micros(unit * i64::from(input.byte()))
}
