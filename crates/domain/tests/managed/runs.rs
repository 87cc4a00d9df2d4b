//! Runs side by side: each that has an id of its own is watched to its end.

use domain::flip::Reason;
use domain::managed::{Plan, RUNS_MAX, Shown};
use domain::ping::Signal;

use crate::trial::{Trial, calendar, minute, minutes, rid, ten_and_five};
use domain::zone::Zone;

#[test]
fn a_hung_run_is_found_when_later_ones_succeed() {
    let mut trial = Trial::new(ten_and_five());
    trial.success(0);
    trial.start(1, rid(1));
    trial.start(2, rid(2));
    trial.ping(3, Signal::Success, Some(rid(2)));
    assert_eq!(trial.check.last_duration, Some(minutes(1)));
    assert!(!trial.check.is_started(), "only the latest start is shown");
    assert_eq!(trial.deadline(3), Some(6));
    let flip = trial.pass(6).flip.expect("the first run hangs");
    assert_eq!((flip.at, flip.reason), (minute(6), Reason::Overrun));
    trial.ping(7, Signal::Success, Some(rid(3)));
    assert!(!trial.is_down());
    assert_eq!(trial.deadline(7), Some(22), "it has been told and is let go");
}

#[test]
fn a_run_that_ends_while_another_is_the_latest_is_not_late() {
    let mut trial = Trial::new(ten_and_five());
    trial.start(1, rid(1));
    trial.start(2, rid(2));
    trial.ping(3, Signal::Success, Some(rid(1)));
    assert_eq!(trial.check.last_duration, None, "the contract times the latest run only");
    assert_eq!(trial.check.last_start.map(|run| run.rid), Some(Some(rid(2))));
    assert_eq!(trial.check.runs, []);
}

#[test]
fn a_run_that_begins_again_is_counted_from_there() {
    let mut trial = Trial::new(ten_and_five());
    trial.start(1, rid(1));
    trial.start(2, rid(2));
    trial.start(4, rid(1));
    assert_eq!(trial.deadline(4), Some(7), "the second run is the oldest now");
    assert_eq!(trial.check.runs.len(), 1);
}

#[test]
fn a_run_without_an_id_is_watched_only_as_the_latest() {
    let mut trial = Trial::new(ten_and_five());
    trial.ping(1, Signal::Start, None);
    trial.start(2, rid(1));
    assert_eq!(trial.deadline(2), Some(7));
    assert_eq!(trial.check.runs, []);
}

#[test]
fn a_failure_of_one_run_does_not_hide_that_another_hangs() {
    let mut trial = Trial::new(ten_and_five());
    trial.start(1, rid(1));
    trial.ping(2, Signal::Fail, Some(rid(2)));
    assert!(!trial.check.is_started(), "as in the contract");
    trial.ping(3, Signal::Success, Some(rid(3)));
    assert_eq!(trial.deadline(3), Some(6));
}

#[test]
fn a_run_that_was_late_in_a_failure_does_not_bring_the_check_down_again() {
    let mut trial = Trial::new(ten_and_five());
    trial.start(1, rid(1));
    trial.ping(2, Signal::Fail, None);
    trial.start(3, rid(2));
    trial.start(4, rid(3));
    trial.ping(20, Signal::Success, Some(rid(4)));
    assert!(!trial.is_down());
    assert_eq!(trial.check.runs, []);
    assert_eq!(trial.pass(20).flip, None);
}

#[test]
fn a_limit_on_run_time_goes_before_the_grace() {
    let plan = Plan { max_runtime: Some(minutes(60)), ..ten_and_five() };
    let mut trial = Trial::new(plan);
    trial.start(0, rid(1));
    assert_eq!(trial.deadline(0), Some(60));
    assert_eq!(trial.check.shown(trial.world(), minute(59), false), Shown::New);
    assert_eq!(trial.check.shown(trial.world(), minute(59), true), Shown::Started);
    assert_eq!(trial.check.shown(trial.world(), minute(60), false), Shown::Down);
    assert_eq!(trial.pass(59).flip, None);
    assert_eq!(trial.pass(60).flip.map(|flip| flip.reason), Some(Reason::Overrun));
}

#[test]
fn a_long_run_that_began_in_time_keeps_its_schedule() {
    let due = calendar("0 2 * * *", Zone::utc());
    let plan = Plan { due, max_runtime: Some(minutes(180)), ..ten_and_five() };
    let mut trial = Trial::new(plan);
    trial.success(30);
    assert_eq!(trial.deadline(31), Some(125));
    trial.start(121, rid(1));
    assert_eq!(trial.pass(125).flip, None);
    assert_eq!(trial.deadline(125), Some(301));
    assert_eq!(trial.check.shown(trial.world(), minute(130), false), Shown::Grace);
    let account = trial.check.account(trial.world(), minute(130));
    assert!(account.expectation.expect("it is up").is_put_off_by_run);
    trial.ping(240, Signal::Success, Some(rid(1)));
    assert_eq!(trial.deadline(240), Some(120 + 24 * 60 + 5));
}

#[test]
fn a_run_that_began_too_late_does_not_keep_the_schedule() {
    let plan = Plan { max_runtime: Some(minutes(180)), ..ten_and_five() };
    let mut trial = Trial::new(plan);
    trial.success(0);
    trial.start(16, rid(1));
    assert_eq!(trial.pass(16).flip.map(|flip| (flip.at, flip.reason)), Some((minute(15), Reason::Silence)));
}

#[test]
fn runs_that_never_end_do_not_fill_the_memory() {
    let mut trial = Trial::new(Plan { max_runtime: Some(minutes(10_000)), ..ten_and_five() });
    for run in 0..300 {
        trial.start(0, rid(run));
    }
    assert_eq!(trial.check.runs.len(), RUNS_MAX);
    let rids: Vec<_> = trial.check.runs.iter().map(|run| run.rid).collect();
    assert_eq!((rids[0], rids[RUNS_MAX - 1]), (Some(rid(199)), Some(rid(298))), "the oldest are let go");
}
