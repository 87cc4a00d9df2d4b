//! The tables of Healthchecks' contract: what each ping does to a check, and what a reader sees of it.

use domain::flip::Reason;
use domain::managed::{Event, Flip, Incident, Managed, Plan, Run, Shown, State, Told, Word};
use domain::ping::Signal;
use domain::time::Span;

use crate::trial::{Trial, calendar, minute, minutes, rid, ten_and_five};
use domain::zone::Zone;

/// So far into the trial that nothing before it is cut off.
const NOW: i64 = 1_000;

fn incident() -> Incident {
    Incident {
        number: 1,
        since: minute(NOW - 30),
        reason: Reason::Silence,
        extended: Span::ZERO,
        is_allowance_spent: false,
    }
}

/// A check that pinged and began a run so many minutes ago.
fn check(state: State, pinged: Option<i64>, started: Option<i64>) -> Trial {
    let mut trial = Trial::new(ten_and_five());
    trial.now = minute(NOW);
    trial.check = Managed {
        state,
        last_ping: pinged.map(|ago| minute(NOW - ago)),
        last_start: started.map(|ago| Run { rid: None, at: minute(NOW - ago) }),
        incidents: 1,
        ..trial.check
    };
    trial
}

#[test]
fn what_is_shown_agrees_with_the_contract() {
    use Shown::{Down, Grace, New, Paused, Started, Up};
    let down = State::Down(incident());
    // State, minutes since the ping and the start, shown by v2 and v3, by v1, next ping, deadline.
    let rows = [
        (State::Up, Some(3), None, Up, Up, Some(7), Some(12)),
        (State::Up, Some(12), None, Grace, Grace, Some(-2), Some(3)),
        (State::Up, Some(20), None, Down, Down, Some(-10), Some(-5)),
        (State::Up, Some(3), Some(2), Up, Started, Some(-2), Some(3)),
        (State::Up, Some(12), Some(2), Grace, Started, Some(-2), Some(3)),
        (State::Up, Some(3), Some(6), Down, Down, Some(-6), Some(-1)),
        (State::New, None, None, New, New, None, None),
        (State::New, None, Some(2), New, Started, Some(-2), Some(3)),
        (State::New, None, Some(6), Down, Down, Some(-6), Some(-1)),
        (State::Paused, Some(3), None, Paused, Paused, None, None),
        (State::Paused, Some(40), Some(2), Paused, Started, Some(-2), Some(3)),
        (State::Paused, Some(40), Some(6), Down, Down, Some(-6), Some(-1)),
        (down, Some(3), None, Down, Down, None, None),
        (down, Some(20), Some(6), Down, Down, None, None),
        (down, Some(20), Some(2), Down, Started, None, None),
    ];
    for (state, pinged, started, shown, shown_v1, next_ping, deadline) in rows {
        let trial = check(state, pinged, started);
        let row = format!("{:?}, pinged {pinged:?}, started {started:?}", state.word());
        let (check, world, now) = (&trial.check, trial.world(), minute(NOW));
        assert_eq!(check.shown(world, now, false), shown, "{row}");
        assert_eq!(check.shown(world, now, true), shown_v1, "{row}");
        assert_eq!(check.next_ping(world, now), next_ping.map(|ahead| minute(NOW + ahead)), "{row}");
        assert_eq!(trial.deadline(NOW), deadline.map(|ahead| NOW + ahead), "{row}");
        assert_eq!(check.is_started(), started.is_some(), "{row}");
    }
}

#[test]
fn the_edges_of_the_grace_belong_to_what_follows() {
    let shown = |ago: i64| {
        let trial = check(State::Up, Some(0), None);
        let now = minute(NOW) + minutes(ago);
        let just_before = now - Span::from_micros(1);
        (trial.check.shown(trial.world(), just_before, false), trial.check.shown(trial.world(), now, false))
    };
    assert_eq!(shown(10), (Shown::Up, Shown::Grace));
    assert_eq!(shown(15), (Shown::Grace, Shown::Down));
}

#[test]
fn the_end_of_a_run_is_known_by_its_id() {
    use Signal::{Fail, Success};
    let (none, a, b) = (None, Some(rid(1)), Some(rid(2)));
    // The start's id, the end's, whether a start is still open after a success, after a failure, and the duration.
    let rows = [
        (none, none, false, false, true),
        (a, a, false, false, true),
        (a, none, false, false, false),
        (a, b, true, false, false),
        (none, b, true, false, false),
    ];
    for (started, ended, is_open_after_success, is_open_after_failure, is_timed) in rows {
        for (signal, is_open) in [(Success, is_open_after_success), (Fail, is_open_after_failure)] {
            let mut trial = Trial::new(ten_and_five());
            trial.check.last_duration = Some(minutes(9));
            trial.ping(1, Signal::Start, started);
            trial.ping(3, signal, ended);
            let row = format!("{signal:?}, {started:?}, {ended:?}");
            let open = is_open.then_some(Run { rid: started, at: minute(1) });
            assert_eq!(trial.check.last_start, open, "{row}");
            assert_eq!(trial.check.last_duration, is_timed.then_some(minutes(2)), "{row}");
            assert_eq!(trial.check.last_ping, Some(minute(3)), "{row}");
            assert_eq!(trial.check.pings, 2, "{row}");
        }
    }
}

#[test]
fn an_end_without_a_start_forgets_how_long_the_last_run_took() {
    let mut trial = Trial::new(ten_and_five());
    trial.ping(1, Signal::Start, None);
    assert!(trial.success(3).is_changed);
    assert!(trial.success(4).is_changed, "the duration is forgotten");
    assert_eq!(trial.check.last_duration, None);
    assert!(!trial.success(5).is_changed, "there is nothing left to forget");
}

#[test]
fn each_signal_flips_as_the_contract_says() {
    use Signal::{Fail, Ignored, Log, Start, Success};
    let down = State::Down(incident());
    let rows = [
        (State::New, Success, Some((Word::Up, Reason::Ping))),
        (State::Paused, Success, Some((Word::Up, Reason::Ping))),
        (down, Success, Some((Word::Up, Reason::Ping))),
        (State::Up, Success, None),
        (State::New, Fail, Some((Word::Down, Reason::Fail))),
        (State::Paused, Fail, Some((Word::Down, Reason::Fail))),
        (State::Up, Fail, Some((Word::Down, Reason::Fail))),
        (down, Fail, None),
    ];
    let silent = [Start, Log, Ignored]
        .into_iter()
        .flat_map(|signal| [State::New, State::Up, State::Paused, down].map(|state| (state, signal, None)));
    for (state, signal, to) in rows.into_iter().chain(silent) {
        let mut trial = check(state, Some(3), None);
        let effects = trial.ping(NOW, signal, None);
        let row = format!("{signal:?} in {state:?}");
        let flip = to.map(|(to, reason)| Flip { at: minute(NOW), from: state.word(), to, reason });
        assert_eq!(effects.flip, flip, "{row}");
        assert_eq!(effects.recorded, signal, "{row}");
        let told = match (state, trial.check.state) {
            (State::Down(ended), State::Up) => Some(Told::Up { ended, at: minute(NOW) }),
            (State::New | State::Up | State::Paused, State::Down(incident)) => Some(Told::Down(incident)),
            _ => None,
        };
        assert_eq!(effects.told, told, "{row}");
        assert_eq!(
            trial.check.last_ping,
            Some(minute(if to.is_some() || matches!(signal, Success | Fail) { NOW } else { NOW - 3 })),
            "{row}"
        );
    }
}

#[test]
fn nobody_is_told_of_a_first_success_or_of_one_after_a_pause() {
    for state in [State::New, State::Paused] {
        let effects = check(state, None, None).ping(NOW, Signal::Success, None);
        assert!(effects.flip.is_some());
        assert_eq!(effects.told, None);
    }
}

#[test]
fn a_check_that_only_its_owner_resumes_records_pings_and_does_nothing() {
    for signal in [Signal::Success, Signal::Start, Signal::Fail, Signal::Log, Signal::Ignored] {
        let mut trial = Trial::new(Plan { has_manual_resume: true, ..ten_and_five() });
        trial.apply(&Event::Pause(minute(1)));
        let before = trial.check.clone();
        let effects = trial.ping(2, signal, Some(rid(1)));
        assert_eq!(effects.recorded, Signal::Ignored);
        assert!(!effects.is_changed);
        assert_eq!(trial.check, Managed { pings: 1, ..before });
    }
}

#[test]
fn a_start_leaves_a_paused_check_paused_but_its_run_is_watched() {
    let mut trial = check(State::Paused, Some(40), None);
    trial.ping(NOW, Signal::Start, None);
    assert_eq!(trial.check.state, State::Paused);
    assert_eq!(trial.pass(NOW + 4).flip, None);
    let effects = trial.pass(NOW + 6);
    assert_eq!(effects.flip.map(|flip| (flip.from, flip.to)), Some((Word::Paused, Word::Down)));
    assert!(matches!(effects.told, Some(Told::Down(Incident { reason: Reason::Overrun, .. }))));
}

#[test]
fn a_deadline_that_passed_is_the_time_of_the_flip_whenever_it_is_seen() {
    let mut trial = Trial::new(ten_and_five());
    trial.success(0);
    assert_eq!(trial.pass(14).flip, None);
    let flip = trial.pass(700).flip.expect("it is down");
    assert_eq!(flip, Flip { at: minute(15), from: Word::Up, to: Word::Down, reason: Reason::Silence });
    assert_eq!(trial.pass(701).flip, None, "once is enough");
}

#[test]
fn a_run_that_went_on_for_too_long_is_still_shown_as_started() {
    let mut trial = Trial::new(ten_and_five());
    trial.ping(0, Signal::Start, None);
    let flip = trial.pass(5).flip.expect("it is down");
    assert_eq!((flip.at, flip.reason), (minute(5), Reason::Overrun));
    assert!(trial.check.is_started());
}

#[test]
fn pausing_forgets_runs_and_keeps_the_last_ping() {
    let mut trial = check(State::Up, Some(3), Some(2));
    trial.check.last_duration = Some(minutes(1));
    let effects = trial.apply(&Event::Pause(minute(NOW)));
    let flip = Flip { at: minute(NOW), from: Word::Up, to: Word::Paused, reason: Reason::Paused };
    assert_eq!((effects.flip, effects.told), (Some(flip), None));
    assert_eq!((trial.check.last_start, trial.check.last_ping), (None, Some(minute(NOW - 3))));
    assert_eq!(trial.check.last_duration, Some(minutes(1)));
    let again = trial.apply(&Event::Pause(minute(NOW + 1)));
    assert!(!again.is_changed);
    assert_eq!(again.flip, None);
    assert_eq!(trial.pass(NOW + 500).flip, None);
}

#[test]
fn resuming_makes_a_check_new_and_keeps_its_count() {
    let mut trial = check(State::Up, Some(3), None);
    trial.check.pings = 7;
    trial.check.last_duration = Some(minutes(1));
    let refused = trial.apply(&Event::Resume(minute(NOW)));
    assert!(!refused.is_changed);
    trial.apply(&Event::Pause(minute(NOW)));
    trial.ping(NOW + 1, Signal::Start, None);
    let effects = trial.apply(&Event::Resume(minute(NOW + 2)));
    let flip = Flip { at: minute(NOW + 2), from: Word::Paused, to: Word::New, reason: Reason::Resumed };
    assert_eq!((effects.flip, effects.told), (Some(flip), None));
    assert_eq!((trial.check.last_ping, trial.check.last_start), (None, None));
    assert_eq!((trial.check.pings, trial.check.last_duration), (8, Some(minutes(1))));
}

#[test]
fn an_edit_makes_no_flip_but_its_deadline_may_be_past() {
    let mut trial = Trial::new(ten_and_five());
    trial.success(0);
    let shorter = Plan { due: domain::managed::Due::Every(minutes(2)), grace: minutes(1), ..ten_and_five() };
    let effects = trial.apply(&Event::Edit(minute(10), shorter.into()));
    assert!(effects.is_changed);
    assert_eq!((effects.flip, trial.check.last_ping), (None, Some(minute(0))));
    let flip = trial.pass(10).flip.expect("it is down");
    assert_eq!(flip.at, minute(3));
}

#[test]
fn a_cron_job_is_due_at_its_next_time_by_the_clock_on_its_wall() {
    let zone = Zone::new(2 * 3_600, []);
    let mut trial = Trial::new(Plan { due: calendar("30 * * * *", zone), ..ten_and_five() });
    trial.success(40);
    assert_eq!(trial.check.base(trial.world(), minute(41)), Some(minute(90)));
    assert_eq!(trial.deadline(41), Some(95));
    assert_eq!(trial.pass(94).flip, None);
    assert_eq!(trial.pass(95).flip.map(|flip| flip.at), Some(minute(95)));
}

#[test]
fn a_schedule_that_never_comes_again_leaves_a_check_up() {
    /// The first minute of the year 2030.
    const ONCE: i64 = 31_557_600;
    let once = calendar("2030-01-01 00:00:00", Zone::utc());
    let mut trial = Trial::new(Plan { due: once, ..ten_and_five() });
    trial.success(ONCE - 1);
    assert_eq!(trial.deadline(ONCE - 1), Some(ONCE + 5));
    trial.success(ONCE);
    assert_eq!(trial.check.next_ping(trial.world(), minute(ONCE)), None);
    assert_eq!(trial.deadline(ONCE), None);
    assert_eq!(trial.check.wakes_at(trial.world(), minute(ONCE)), None);
    assert_eq!(trial.check.shown(trial.world(), minute(2 * ONCE), false), Shown::Up);
}

#[test]
fn a_step_of_the_wall_clock_moves_a_calendar_and_no_period() {
    for (due, moved) in [(calendar("0 * * * *", Zone::utc()), 55), (ten_and_five().due, 65)] {
        let mut trial = Trial::new(Plan { due, ..ten_and_five() });
        trial.success(50);
        assert_eq!(trial.deadline(51), Some(65));
        trial.wall_offset_micros = minutes(10).as_micros() - 1;
        let ahead = trial.deadline(51).expect("it is due");
        assert_eq!(ahead, moved, "the ping was before the full hour, which now comes ten minutes earlier");
    }
}
