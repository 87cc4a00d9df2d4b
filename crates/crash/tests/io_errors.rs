//! A disk that fails or is full for one call: the program ends or waits, and never lies about a ping.

#![expect(clippy::print_stderr, reason = "what was not tried has to be said")]

use crash::io_errors::{Answer, Call, Case, Outcome, Outcomes, hold, is_possible};

/// Holds the cases of one kind and returns what came of each.
fn outcomes(call: Call, answer: Answer, numbers: &[usize]) -> Vec<Outcome> {
    if !is_possible() {
        eprintln!("this process may not answer for the kernel, so nothing was tried");
        return Vec::new();
    }
    let mut outcomes = Outcomes::default();
    let mut list = Vec::new();
    for &nth in numbers {
        let case = Case { call, answer, nth };
        let outcome = hold(case);
        outcomes.note(case, outcome);
        list.push(outcome);
    }
    assert_eq!(outcomes.reached(), numbers.len(), "each error was given:\n{outcomes}");
    list
}

#[test]
fn a_failed_write_ends_the_process_and_loses_nothing() {
    for outcome in outcomes(Call::Write, Answer::Broken, &[1, 9, 2, 30, 80]) {
        assert!([Outcome::DidNotStart, Outcome::Ended].contains(&outcome), "{outcome:?}");
    }
}

#[test]
fn a_failed_sync_ends_the_process_and_loses_nothing() {
    for outcome in outcomes(Call::Sync, Answer::Broken, &[1, 5, 2, 20, 60]) {
        assert!([Outcome::DidNotStart, Outcome::Ended].contains(&outcome), "{outcome:?}");
    }
}

#[test]
fn a_write_without_room_is_waited_out() {
    for outcome in outcomes(Call::Write, Answer::Full, &[5, 2, 34, 90]) {
        assert!([Outcome::DidNotStart, Outcome::WentOn].contains(&outcome), "{outcome:?}");
    }
}

#[test]
fn a_quota_that_is_used_up_is_waited_out_like_a_full_disk() {
    for outcome in outcomes(Call::Write, Answer::OverQuota, &[6, 20, 90]) {
        assert_eq!(outcome, Outcome::WentOn);
    }
}

#[test]
fn a_file_that_cannot_be_opened_loses_nothing() {
    outcomes(Call::Open, Answer::Broken, &[1, 2, 4]);
    outcomes(Call::Open, Answer::Full, &[3, 4]);
}
