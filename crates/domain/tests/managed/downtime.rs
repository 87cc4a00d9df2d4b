//! Own downtime: a healthy client is not reported for what nobody heard, and a dead one is not excused for ever.

use domain::flip::Reason;
use domain::gap::Tolerance;
use domain::managed::{Plan, Shown};
use domain::ping::Signal;

use crate::trial::{Trial, calendar, minute, minutes, rid, ten_and_five};
use domain::zone::Zone;

fn hourly() -> Trial {
    let mut trial = Trial::new(Plan { due: calendar("0 * * * *", Zone::utc()), ..ten_and_five() });
    trial.success(1);
    trial
}

#[test]
fn a_period_gets_one_more_period_after_a_gap() {
    let mut trial = Trial::new(ten_and_five());
    trial.success(0);
    trial.gap(12, 14);
    assert_eq!(trial.deadline(14), Some(29));
    assert_eq!(trial.check.shown(trial.world(), minute(20), false), Shown::Up);
    assert_eq!(trial.check.shown(trial.world(), minute(24), false), Shown::Grace);
    assert_eq!(trial.pass(28).flip, None);
    let effects = trial.pass(29);
    assert_eq!(effects.flip.map(|flip| flip.at), Some(minute(29)));
    let account = trial.check.account(trial.world(), minute(29)).expectation.expect("it was up");
    assert_eq!((account.planned, account.base, account.gaps.len()), (minute(10), minute(24), 1));
    assert_eq!(account.deadline.extended, minutes(14));
}

#[test]
fn a_slot_that_a_gap_met_moves_to_the_next_one() {
    for (from, until) in [(59, 61), (60, 62), (63, 64), (64, 200), (30, 60)] {
        let mut trial = hourly();
        trial.gap(from, until);
        let next = (until / 60 + 1) * 60;
        assert_eq!(trial.deadline(until), Some(next + 5), "{from} to {until}");
        let account = trial.check.account(trial.world(), minute(until)).expectation.expect("it is up");
        assert_eq!((account.planned, account.base), (minute(60), minute(next)));
    }
}

#[test]
fn a_gap_that_met_no_slot_gives_no_credit() {
    for (from, until) in [(2, 59), (65, 70), (66, 200)] {
        let mut trial = hourly();
        trial.gap(from, until);
        assert_eq!(trial.deadline(until), Some(65), "{from} to {until}");
    }
}

#[test]
fn a_nightly_restart_at_the_time_of_the_job_does_not_hide_its_death() {
    let mut trial = hourly();
    trial.gap(62, 63);
    trial.gap(122, 123);
    trial.gap(182, 183);
    let deadline = trial.check.deadline(trial.world(), minute(183)).expect("it is up");
    assert_eq!(deadline.at, minute(126), "five minutes of the second slot were listened to");
    assert!(deadline.is_allowance_spent);
    trial.tolerance = Tolerance::new(3.0);
    assert_eq!(trial.deadline(183), Some(186));
}

#[test]
fn nobody_goes_down_in_the_first_seconds_after_a_gap() {
    let mut trial = Trial::new(ten_and_five());
    trial.success(0);
    trial.gap(15, 30);
    assert_eq!(trial.pass(30).flip, None, "the clients that come back are heard first");
    assert_eq!(trial.pass(31).flip.map(|flip| flip.at), Some(minute(15)));
}

#[test]
fn while_a_gap_is_open_nobody_becomes_late() {
    let tolerance = Tolerance::new(1.0);
    for grace in [0, 5] {
        for mut trial in [hourly(), Trial::new(ten_and_five())] {
            trial.success(1);
            trial.tolerance = tolerance;
            let plan = (*trial.check.plan).clone();
            trial.check.plan = Plan { grace: minutes(grace), max_runtime: Some(minutes(10)), ..plan }.into();
            trial.start(2, rid(1));
            trial.gaps.open(minute(5));
            for now in [60, 61, 65, 70, 1_000] {
                assert_ne!(
                    trial.check.shown(trial.world(), minute(now), false),
                    Shown::Down,
                    "{grace}, {now}"
                );
                assert_eq!(trial.clone().pass(now).flip, None, "{grace}, {now}");
            }
        }
    }
}

#[test]
fn a_run_that_was_open_across_a_gap_ends_without_a_word() {
    let mut trial = Trial::new(ten_and_five());
    trial.success(0);
    trial.start(3, rid(1));
    trial.gap(5, 6);
    assert_eq!(trial.check.shown(trial.world(), minute(8), false), Shown::Up);
    let account = trial.check.account(trial.world(), minute(7));
    assert_eq!(account.runs.iter().map(|run| run.is_excused).collect::<Vec<_>>(), [true]);
    assert_eq!(trial.check.wakes_at(trial.world(), minute(7)), Some(minute(8)));
    let effects = trial.pass(8);
    assert_eq!((effects.flip, effects.is_changed), (None, true));
    assert!(!trial.check.is_started());
    assert_eq!(trial.deadline(8), Some(21), "its schedule goes on");
}

#[test]
fn a_run_whose_time_was_over_before_the_gap_is_reported() {
    let mut trial = Trial::new(ten_and_five());
    trial.ping(0, Signal::Start, None);
    trial.gap(5, 60);
    let flip = trial.pass(61).flip.expect("it was due before we went blind");
    assert_eq!((flip.at, flip.reason), (minute(5), Reason::Overrun));
}

#[test]
fn an_excused_long_run_gives_its_schedule_back() {
    let due = calendar("0 2 * * *", Zone::utc());
    let mut trial = Trial::new(Plan { due, max_runtime: Some(minutes(60)), ..ten_and_five() });
    trial.success(30);
    trial.start(121, rid(1));
    trial.gap(150, 151);
    assert_eq!(trial.pass(180).flip, None);
    let flip = trial.pass(181).flip.expect("no success came");
    assert_eq!((flip.at, flip.reason), (minute(125), Reason::Silence));
}
