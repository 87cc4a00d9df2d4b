//! Checks of which something is asked that does not fit their pings, each with the name of its fault.

use crate::Case;
use crate::made::{DAY, Dice, HOUR, MINUTE, Made, job, ticking, timer};

type Make = fn(&mut Dice) -> Case;

pub(crate) const KINDS: &[(&str, &str, Make)] = &[
    ("a nightly job by local clocks, asked for by UTC", "zone", zone_is_utc),
    ("the same over a change of the clocks", "zone", zone_over_change),
    ("the same, with so much grace that nobody noticed", "zone", zone_with_grace),
    ("a job of workdays in the zone of another office", "zone", zone_of_workdays),
    ("the same, with starts and missed runs", "zone", zone_with_starts),
    ("a job an hour off, in no likely zone", "zone", zone_unlikely),
    ("asked for once a day, pings every hour", "period_long", day_for_hour),
    ("asked for once a day, pings every five minutes", "period_long", day_for_minutes),
    ("asked for at two, pings every hour", "period_long", clock_for_hour),
    ("a declared device with a patience of twenty periods", "period_long", declared_long),
    ("an hour of grace for a punctual nightly job", "patience_long", nightly_patience),
    ("an hour of grace for a ping every five minutes", "patience_long", minutes_patience),
    ("two hours of grace for a punctual job whose runs take one", "patience_long", patient_with_long_runs),
    (
        "half a day of grace for a punctual job whose runs take minutes",
        "patience_long",
        patient_with_short_runs,
    ),
    ("a day of grace for an hourly job by the clock", "patience_long", clock_patience),
    ("no grace at all, declared", "too_tight", declared_tight),
    ("a minute of grace for a slow timer", "too_tight", timer_tight),
    ("five minutes of grace for a run of up to forty", "too_tight", clock_tight),
    ("asked for every hour, pings once a day", "period_short", hour_for_day),
    ("asked for at every hour, pings once a day", "period_short", clock_hour_for_day),
    ("a job of workdays, asked for every day by the clock", "days", days_by_clock),
    ("a job of workdays, asked for once a day", "days", days_by_period),
    ("a job of workdays with the patience of a weekend", "days", days_by_patience),
    ("pings a minute before they are due", "times", early),
    ("a job twenty minutes early", "times", twenty_early),
    ("two devices that ping as one", "senders", two_senders),
    ("two servers with one crontab", "senders", two_crontabs),
    ("runs of half a minute that may take an hour", "run_limit_long", run_limit_long),
    ("runs that take longer than they may", "run_limit_tight", run_limit_tight),
    ("runs that end suspiciously soon", "hurried", hurried),
];

fn local_zone(dice: &mut Dice) -> &'static str {
    dice.pick(&["Europe/Riga", "America/New_York", "Asia/Kolkata"])
}

fn zone_is_utc(dice: &mut Dice) -> Case {
    let (text, zone) = (dice.pick(&["0 2 * * *", "30 4 * * *"]), local_zone(dice));
    let made = job(dice, (text, zone), "2026-05-01T12:00:00Z", 40, (2.0, 60.0));
    Case::clock(made, (text, "UTC"), dice.pick(&[5 * MINUTE, 30 * MINUTE]))
}

fn zone_over_change(dice: &mut Dice) -> Case {
    let zone = dice.pick(&["Europe/Riga", "America/New_York"]);
    let from = dice.pick(&["2026-02-20T12:00:00Z", "2025-10-12T12:00:00Z"]);
    let made = job(dice, ("0 4 * * *", zone), from, 50, (2.0, 60.0)).missing(dice, 40);
    Case::clock(made, ("0 4 * * *", "UTC"), 10 * MINUTE)
}

fn zone_with_grace(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 4 * * *", "America/New_York"), "2026-05-01T12:00:00Z", 40, (2.0, 30.0));
    Case::clock(made, ("0 4 * * *", "UTC"), 5 * HOUR)
}

fn zone_of_workdays(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 7 * * 1-5", "America/New_York"), "2026-05-01T12:00:00Z", 40, (2.0, 200.0));
    Case::clock(made, ("0 7 * * 1-5", "Europe/Riga"), 15 * MINUTE)
}

fn zone_with_starts(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 7 * * 1-5", "Europe/Riga"), "2026-05-01T12:00:00Z", 50, (0.0, 3.0));
    let made = made.missing(dice, 40).with_starts(dice, (600.0, 1_800.0));
    Case::clock(made, ("0 7 * * 1-5", "UTC"), HOUR)
}

fn zone_unlikely(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 3 * * *", "Europe/Berlin"), "2026-05-01T12:00:00Z", 40, (2.0, 60.0));
    Case::clock(made, ("0 3 * * *", "Europe/London"), 10 * MINUTE)
}

fn day_for_hour(dice: &mut Dice) -> Case {
    let made = ticking(dice, (HOUR, 120.0), 100).missing(dice, 70);
    Case::every(made, DAY, HOUR)
}

fn day_for_minutes(dice: &mut Dice) -> Case {
    Case::every(timer(dice, (5 * MINUTE, 10.0), 800), DAY, HOUR)
}

fn clock_for_hour(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 * * * *", "UTC"), "2026-05-01T12:00:00Z", 120, (2.0, 60.0));
    Case::clock(made, ("0 2 * * *", "UTC"), HOUR)
}

fn declared_long(dice: &mut Dice) -> Case {
    let period = dice.pick(&[10, 60, 300]);
    Case::declared(timer(dice, (period, period as f64 * 0.05), 300), period as f64 * 20.0)
}

fn nightly_patience(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 2 * * *", "Europe/Riga"), "2026-05-01T12:00:00Z", 50, (2.0, 40.0));
    let schedule = ("0 2 * * *", "Europe/Riga");
    if dice.one_in(2) { Case::clock(made, schedule, HOUR) } else { Case::every(made, DAY, HOUR) }
}

fn minutes_patience(dice: &mut Dice) -> Case {
    Case::every(timer(dice, (5 * MINUTE, 10.0), 100), 5 * MINUTE, HOUR)
}

fn clock_patience(dice: &mut Dice) -> Case {
    let made = job(dice, ("30 * * * *", "UTC"), "2026-05-01T12:00:00Z", 100, (2.0, 60.0));
    Case::clock(made, ("30 * * * *", "UTC"), DAY)
}

fn declared_tight(dice: &mut Dice) -> Case {
    let period = dice.pick(&[10, 60, 300]);
    Case::declared(ticking(dice, (period, 1.5), 200), period as f64)
}

fn timer_tight(dice: &mut Dice) -> Case {
    Case::every(timer(dice, (HOUR, 300.0), 60), HOUR, MINUTE)
}

fn clock_tight(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 2 * * *", "UTC"), "2026-05-01T12:00:00Z", 50, (200.0, 2_400.0));
    Case::clock(made, ("0 2 * * *", "UTC"), 5 * MINUTE)
}

fn hour_for_day(dice: &mut Dice) -> Case {
    let made = ticking(dice, (DAY, 600.0), 30);
    Case::every(made, HOUR, 10 * MINUTE)
}

fn clock_hour_for_day(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 3 * * *", "UTC"), "2026-05-01T12:00:00Z", 30, (2.0, 100.0));
    Case::clock(made, ("0 * * * *", "UTC"), 10 * MINUTE)
}

fn weekdays(dice: &mut Dice) -> Made {
    job(dice, ("0 2 * * 1-5", "Europe/Riga"), "2026-05-01T12:00:00Z", 40, (2.0, 300.0)).missing(dice, 60)
}

fn days_by_clock(dice: &mut Dice) -> Case {
    Case::clock(weekdays(dice), ("0 2 * * *", "Europe/Riga"), 30 * MINUTE)
}

fn days_by_period(dice: &mut Dice) -> Case {
    Case::every(weekdays(dice), DAY, HOUR)
}

fn days_by_patience(dice: &mut Dice) -> Case {
    Case::every(weekdays(dice), 3 * DAY, HOUR)
}

fn early(dice: &mut Dice) -> Case {
    let made = job(dice, ("50 22 * * *", "UTC"), "2026-05-01T12:00:00Z", 40, (1.0, 30.0));
    Case::clock(made, ("51 22 * * *", "UTC"), 30 * MINUTE)
}

fn twenty_early(dice: &mut Dice) -> Case {
    let made = job(dice, ("40 1 * * *", "UTC"), "2026-05-01T12:00:00Z", 40, (1.0, 30.0));
    Case::clock(made, ("0 2 * * *", "UTC"), 5 * MINUTE)
}

fn two_senders(dice: &mut Dice) -> Case {
    let (one, other) = (ticking(dice, (600, 5.0), 100), dice.pick(&[90, 150, 200]));
    let twin = Made { pings: one.pings.clone(), absences: Vec::new() };
    Case::every(one.and(twin, other).missing(dice, 90), 10 * MINUTE, 2 * MINUTE)
}

fn two_crontabs(dice: &mut Dice) -> Case {
    let one = job(dice, ("*/10 * * * *", "UTC"), "2026-05-01T12:00:00Z", 100, (0.0, 1.0));
    let two = job(dice, ("*/10 * * * *", "UTC"), "2026-05-01T12:00:00Z", 100, (2.0, 5.0));
    Case::declared(one.and(two, 0), 660.0)
}

fn hourly_with_starts(dice: &mut Dice, runs: (f64, f64)) -> Made {
    job(dice, ("0 * * * *", "UTC"), "2026-05-01T12:00:00Z", 60, (0.0, 2.0)).with_starts(dice, runs)
}

/// A grace of two hours is also how long its runs of an hour may take.
fn patient_with_long_runs(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 23 * * *", "UTC"), "2026-03-02T12:00:00Z", 60, (0.0, 2.0));
    Case::every(made.with_starts(dice, (3_600.0, 3_660.0)), DAY, 2 * HOUR)
}

/// The same with runs of minutes: both its patience and how long they may take are far too long.
fn patient_with_short_runs(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 23 * * *", "UTC"), "2026-03-02T12:00:00Z", 60, (0.0, 2.0));
    Case::every(made.with_starts(dice, (300.0, 320.0)), DAY, 12 * HOUR)
}

fn run_limit_long(dice: &mut Dice) -> Case {
    let mut case = Case::clock(hourly_with_starts(dice, (5.0, 30.0)), ("0 * * * *", "UTC"), 5 * MINUTE);
    case.plan.max_runtime = Some(domain::time::Span::from_hours(1));
    case
}

fn run_limit_tight(dice: &mut Dice) -> Case {
    let mut case = Case::clock(hourly_with_starts(dice, (100.0, 500.0)), ("0 * * * *", "UTC"), 20 * MINUTE);
    case.plan.max_runtime = Some(domain::time::Span::from_minutes(5));
    case
}

fn hurried(dice: &mut Dice) -> Case {
    let slow = hourly_with_starts(dice, (200.0, 500.0));
    let quick = job(dice, ("0 * * * *", "UTC"), "2026-05-04T12:00:00Z", 3, (0.0, 2.0));
    let quick = quick.with_starts(dice, (0.5, 2.0));
    Case::clock(slow.then(&quick), ("0 * * * *", "UTC"), 15 * MINUTE)
}
