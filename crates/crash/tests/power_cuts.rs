//! The power goes: what was written and not synced is gone, and still nothing is lost that was promised.

use crash::life::live_without_power;

/// How often the power is cut.
const CUTS: usize = 10;

#[test]
fn ten_power_cuts_lose_no_acknowledged_ping_and_no_alert() {
    match live_without_power(1, CUTS) {
        Some(tally) => assert!(0 < tally.acknowledged && tally.rounds == CUTS, "{tally}"),
        None => eprintln!("this process may not mount a small disk, so nothing was tried"),
    }
}
