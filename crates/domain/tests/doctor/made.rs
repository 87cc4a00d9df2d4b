//! Histories made by hand: jobs and devices with known habits, each a little different by its seed.

use domain::doctor::{Absence, Heard};
use domain::expression::Expression;
use domain::ping::Signal;
use domain::time::Span;
use domain::wall::WallTime;

use crate::zones::look_up;

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;

/// Dice that fall the same for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// Returns a number of microseconds below so many seconds.
    pub(crate) fn below(&mut self, seconds: f64) -> i64 {
        (self.share() * seconds * 1e6) as i64
    }

    pub(crate) fn share(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn one_in(&mut self, count: u64) -> bool {
        self.roll().is_multiple_of(count)
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[(self.roll() % from.len() as u64) as usize]
    }
}

/// What was heard, and when nobody listened.
#[derive(Clone, Default)]
pub(crate) struct Made {
    pub(crate) pings: Vec<Heard>,
    pub(crate) absences: Vec<Absence>,
}

/// Returns the microsecond of an instant.
pub(crate) fn at(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("an instant").as_microsecond()
}

pub(crate) fn heard(micros: i64) -> Heard {
    Heard { at: WallTime::from_micros(micros), signal: Signal::Success, took: None }
}

/// A device that sleeps so many seconds between its pings, and up to `jitter` seconds more.
pub(crate) fn timer(dice: &mut Dice, (period, jitter): (i64, f64), count: usize) -> Made {
    let mut now = at("2026-03-02T10:17:23Z") + dice.below(86_400.0);
    let pings = (0..count).map(|_| {
        now += period * 1_000_000 + dice.below(jitter);
        heard(now)
    });
    Made { pings: pings.collect(), absences: Vec::new() }
}

/// A device that pings every so many seconds by its clock, each up to `jitter` seconds late.
pub(crate) fn ticking(dice: &mut Dice, (period, jitter): (i64, f64), count: usize) -> Made {
    let from = at("2026-03-02T00:00:00Z") + dice.below(86_400.0);
    let tick = |nth| from + nth * period * 1_000_000;
    let pings = (0..count as i64).map(|nth| heard(tick(nth) + dice.below(jitter)));
    Made { pings: pings.collect(), absences: Vec::new() }
}

/// A job that runs by a clock from an instant on; each run takes between these seconds.
pub(crate) fn job(
    dice: &mut Dice,
    (text, zone): (&str, &'static str),
    from: &str,
    count: usize,
    (least, most): (f64, f64),
) -> Made {
    let expression = Expression::parse(text, &look_up).expect("an expression");
    let zone = look_up(zone).expect("a zone");
    let mut slot = WallTime::from_micros(at(from));
    let pings = (0..count).map(|_| {
        slot = expression.next_after(slot, &zone).expect("it comes again");
        heard(slot.as_micros() + (least * 1e6) as i64 + dice.below(most - least))
    });
    Made { pings: pings.collect(), absences: Vec::new() }
}

impl Made {
    /// Says of each run when it began: as long before its end as it took.
    pub(crate) fn with_starts(mut self, dice: &mut Dice, (least, most): (f64, f64)) -> Self {
        let mut pings = Vec::new();
        for ping in &self.pings {
            let took = (least * 1e6) as i64 + dice.below(most - least);
            let end = WallTime::from_micros(ping.at.as_micros() + took);
            pings.push(Heard { signal: Signal::Start, ..*ping });
            pings.push(Heard { at: end, took: Some(Span::from_micros(took)), ..*ping });
        }
        self.pings = pings;
        self
    }

    /// Loses one ping in so many.
    pub(crate) fn missing(mut self, dice: &mut Dice, one_in: u64) -> Self {
        self.pings.retain(|_| !dice.one_in(one_in));
        self
    }

    /// Pings once more, at once, after one ping in so many: a client that tries again, or a device that starts anew.
    pub(crate) fn doubled(mut self, dice: &mut Dice, one_in: u64) -> Self {
        let again: Vec<_> = self.pings.iter().filter(|_| dice.one_in(one_in)).copied().collect();
        let again = again.into_iter().map(|ping| heard(ping.at.as_micros() + 500_000 + dice.below(4.0)));
        self.pings.extend(again.collect::<Vec<_>>());
        self.pings.sort_by_key(|ping| ping.at);
        self
    }

    /// The listener was away so often, and heard nothing meanwhile.
    pub(crate) fn unheard(mut self, dice: &mut Dice, times: usize) -> Self {
        let (first, last) = (self.pings[0].at.as_micros(), self.pings[self.pings.len() - 1].at.as_micros());
        for _ in 0..times {
            let from = first + (dice.share() * (last - first) as f64) as i64;
            let until = from + (last - first) / 40;
            self.absences
                .push(Absence { from: WallTime::from_micros(from), until: WallTime::from_micros(until) });
            self.pings.retain(|ping| !(from..until).contains(&ping.at.as_micros()));
        }
        self.absences.sort_by_key(|absence| absence.from);
        self
    }

    /// Another pings as the same check.
    pub(crate) fn and(mut self, other: Self, seconds_later: i64) -> Self {
        let later =
            other.pings.into_iter().map(|ping| heard(ping.at.as_micros() + seconds_later * 1_000_000));
        self.pings.extend(later);
        self.pings.sort_by_key(|ping| ping.at);
        self
    }

    /// Goes on as another does, from its last ping on.
    pub(crate) fn then(mut self, other: &Self) -> Self {
        let last = self.pings[self.pings.len() - 1].at;
        self.pings.extend(other.pings.iter().filter(|ping| last < ping.at));
        self
    }
}
