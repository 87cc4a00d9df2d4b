//! The program dies without warning, again and again, and nothing that it promised is lost.

use crash::life::live;

/// Deaths in each of the folders below: fifty in all.
const ROUNDS: usize = 10;

/// Lives for ten deaths, which has to leave every ping, alert and mail where it was promised.
fn assert_every_promise_is_kept(seed: u64) {
    let tally = live(seed, ROUNDS);
    assert_eq!(tally.rounds, ROUNDS);
    assert!(0 < tally.acknowledged && 0 < tally.silent, "{tally}");
    assert!(0 < tally.jobs.pings && 0 < tally.jobs.made && 0 < tally.jobs.looks, "{tally}");
}

#[test]
fn ten_deaths_lose_no_acknowledged_ping_and_no_alert_first_folder() {
    assert_every_promise_is_kept(1);
}

#[test]
fn ten_deaths_lose_no_acknowledged_ping_and_no_alert_second_folder() {
    assert_every_promise_is_kept(2);
}

#[test]
fn ten_deaths_lose_no_acknowledged_ping_and_no_alert_third_folder() {
    assert_every_promise_is_kept(3);
}

#[test]
fn ten_deaths_lose_no_acknowledged_ping_and_no_alert_fourth_folder() {
    assert_every_promise_is_kept(4);
}

#[test]
fn ten_deaths_lose_no_acknowledged_ping_and_no_alert_fifth_folder() {
    assert_every_promise_is_kept(5);
}
