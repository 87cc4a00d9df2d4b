//! A disk that fills up: pings are turned away meanwhile, nothing is lost, and all resumes by itself.

#![expect(clippy::print_stderr, reason = "what was not tried has to be said")]

use crash::full_disk::fill;

/// How often the disk fills up in each of the trials below: thirty times in all.
const TIMES: usize = 10;

fn assert_nothing_is_lost(seed: u64) {
    match fill(seed, TIMES) {
        Some(acknowledged) => assert!(0 < acknowledged),
        None => eprintln!("this process may not mount a small disk, so nothing was tried"),
    }
}

#[test]
fn a_disk_that_fills_up_ten_times_loses_no_acknowledged_ping_first_trial() {
    assert_nothing_is_lost(1);
}

#[test]
fn a_disk_that_fills_up_ten_times_loses_no_acknowledged_ping_second_trial() {
    assert_nothing_is_lost(2);
}

#[test]
fn a_disk_that_fills_up_ten_times_loses_no_acknowledged_ping_third_trial() {
    assert_nothing_is_lost(3);
}
