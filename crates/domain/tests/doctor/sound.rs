//! Checks with which all is well, although their pings are not always even.

use crate::Case;
use crate::made::{DAY, Dice, HOUR, MINUTE, Made, job, ticking, timer};

type Make = fn(&mut Dice) -> Case;

pub(crate) const KINDS: &[(&str, Make)] = &[
    ("a timer, and a grace that fits", timer_with_grace),
    ("a timer by a clock, and a grace that fits", clockwork),
    ("a declared device with two to three periods of patience", declared),
    ("pings that were missed", missed),
    ("a listener that was away", unheard),
    ("a client that tries again", doubled),
    ("a nightly job over a change of the clocks", nightly),
    ("a nightly job asked for every day, over a change of the clocks", daily_by_period),
    ("a job on workdays", workdays),
    ("a declared job on workdays, with the patience of a weekend", declared_workdays),
    ("a job in working hours", working_hours),
    ("a job in working hours, with the patience of a weekend, declared", declared_hours),
    ("a job each month", monthly),
    ("a job that takes its time", slow),
    ("a job with starts, and a limit that fits", with_starts),
    ("twice a day", twice_a_day),
    ("people who ping when they like", people),
    ("a job that was changed, and its check with it", changed),
    ("too few pings to know", few),
];

fn timer_with_grace(dice: &mut Dice) -> Case {
    let period = dice.pick(&[5 * MINUTE, 10 * MINUTE, 17 * MINUTE, HOUR, 6 * HOUR]);
    let jitter = period as f64 * 0.1 * dice.share();
    let grace = (jitter as i64 * 3).max(MINUTE);
    Case::every(timer(dice, (period, jitter), 150), period, grace)
}

fn clockwork(dice: &mut Dice) -> Case {
    let period = dice.pick(&[MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, DAY]);
    let jitter = period as f64 * 0.05 * dice.share();
    let least = (jitter as i64 * 2).max(MINUTE);
    let grace = if period < DAY { dice.pick(&[least, 2 * least, 2 * period]) } else { 3 * least };
    Case::every(ticking(dice, (period, jitter), 100), period, grace)
}

fn declared(dice: &mut Dice) -> Case {
    let period = dice.pick(&[3, 10, 30, 60, 300, 900, 3_600]);
    let patience = period as f64 * (1.5 + 1.5 * dice.share());
    Case::declared(timer(dice, (period, period as f64 * 0.1), 200), patience)
}

fn missed(dice: &mut Dice) -> Case {
    let period = dice.pick(&[5 * MINUTE, HOUR]);
    let made = ticking(dice, (period, period as f64 * 0.04), 200).missing(dice, 60);
    Case::every(made, period, period / 5)
}

fn unheard(dice: &mut Dice) -> Case {
    let period = dice.pick(&[5 * MINUTE, HOUR]);
    let made = ticking(dice, (period, 20.0), 300).unheard(dice, 5);
    Case::every(made, period, 5 * MINUTE)
}

fn doubled(dice: &mut Dice) -> Case {
    let period = dice.pick(&[5 * MINUTE, HOUR]);
    let made = timer(dice, (period, period as f64 * 0.05), 200).doubled(dice, 8);
    Case::every(made, period, period / 5)
}

fn nightly(dice: &mut Dice) -> Case {
    let schedule = (
        dice.pick(&["0 2 * * *", "30 3 * * *", "7 23 * * *"]),
        dice.pick(&["Europe/Riga", "America/New_York"]),
    );
    let made = job(dice, schedule, "2026-02-10T12:00:00Z", 60, (5.0, 600.0));
    Case::clock(made, schedule, 30 * MINUTE)
}

fn daily_by_period(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 2 * * *", "Europe/Riga"), "2026-02-10T12:00:00Z", 100, (5.0, 1_200.0));
    Case::every(made, DAY, 2 * HOUR)
}

fn workdays(dice: &mut Dice) -> Case {
    let schedule = (dice.pick(&["0 2 * * 1-5", "15 18 * * MON-FRI"]), "Europe/Riga");
    let made = job(dice, schedule, "2026-02-10T12:00:00Z", 60, (5.0, 600.0)).missing(dice, 80);
    Case::clock(made, schedule, 30 * MINUTE)
}

fn declared_workdays(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 2 * * 1-5", "Europe/Riga"), "2026-02-10T12:00:00Z", 60, (5.0, 600.0));
    Case::declared(made, 3.0 * DAY as f64 + 7_200.0)
}

fn working_hours(dice: &mut Dice) -> Case {
    let schedule = (dice.pick(&["0 8-18 * * 1-5", "*/15 7-20 * * *", "30 9,12,15 * * 1-6"]), "Europe/Riga");
    let made = job(dice, schedule, "2026-02-10T12:00:00Z", 400, (1.0, 60.0));
    Case::clock(made, schedule, 5 * MINUTE)
}

fn declared_hours(dice: &mut Dice) -> Case {
    let made = job(dice, ("*/10 8-18 * * 1-5", "Europe/Riga"), "2026-02-10T12:00:00Z", 1_500, (1.0, 60.0));
    Case::declared(made, 2.0 * DAY as f64 + 15.0 * HOUR as f64)
}

fn monthly(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 4 1 * *", "UTC"), "2025-01-10T12:00:00Z", 18, (5.0, 600.0));
    if dice.one_in(2) {
        Case::every(made, 31 * DAY, DAY)
    } else {
        Case::clock(made, ("0 4 1 * *", "UTC"), HOUR)
    }
}

fn slow(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 1 * * *", "UTC"), "2026-02-10T12:00:00Z", 60, (2_000.0, 4_500.0));
    Case::clock(made, ("0 1 * * *", "UTC"), 3 * HOUR)
}

fn with_starts(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 1 * * *", "Europe/Riga"), "2026-02-10T12:00:00Z", 60, (0.0, 2.0));
    let made = made.with_starts(dice, (600.0, 1_500.0));
    Case::clock(made, ("0 1 * * *", "Europe/Riga"), HOUR)
}

fn twice_a_day(dice: &mut Dice) -> Case {
    let schedule = (dice.pick(&["0 6,18 * * *", "0 6,7 * * *", "*-*-* 06:00\n*-*-* 19:30"]), "Europe/Riga");
    let made = job(dice, schedule, "2026-02-10T12:00:00Z", 100, (5.0, 300.0));
    Case::clock(made, schedule, 20 * MINUTE)
}

fn people(dice: &mut Dice) -> Case {
    let mut made = Made::default();
    let mut now = crate::made::at("2026-02-10T12:00:00Z");
    for _ in 0..200 {
        now += (-dice.share().max(1e-9).ln() * 3_600.0 * 1e6) as i64;
        made.pings.push(crate::made::heard(now));
    }
    let patience = 12 * HOUR;
    if dice.one_in(2) { Case::every(made, patience, HOUR) } else { Case::declared(made, patience as f64) }
}

fn changed(dice: &mut Dice) -> Case {
    let before = job(dice, ("0 2 * * *", "UTC"), "2026-02-10T12:00:00Z", 40, (5.0, 60.0));
    let after = job(dice, ("0 * * * *", "UTC"), "2026-03-22T12:00:00Z", 72, (5.0, 60.0));
    Case::every(before.then(&after), HOUR, 5 * MINUTE)
}

fn few(dice: &mut Dice) -> Case {
    let made = job(dice, ("0 * * * *", "UTC"), "2026-02-10T12:00:00Z", 6, (5.0, 60.0));
    Case::every(made, 30 * DAY, DAY)
}
