//! The weather of a run: which faults there are, how many and how bad, all from the seed.

use domain::time::Span;
use ping_listener::timekeeper::Pace;

use crate::dice::Dice;

pub(crate) const MILLISECOND: i64 = 1_000;
pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;

/// What a run is made of. Lengths are microseconds; a mean distance of `None` means that it never happens.
#[expect(clippy::struct_excessive_bools, reason = "each switches a fault on")]
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    /// How fast life goes: everything else is chosen to fit.
    pub(crate) scale: Scale,
    /// How long faults are made.
    pub(crate) stormy: i64,
    /// How long the run goes on without faults after that.
    pub(crate) calm: i64,
    pub(crate) users: usize,
    pub(crate) recipients: usize,
    pub(crate) base_frequency: i64,
    pub(crate) tolerance: f64,
    pub(crate) digest_over: i64,
    /// The process dies at a point of a commit or of a delivery with this probability.
    pub(crate) dies_at_point: f64,
    /// The process dies at any instant.
    pub(crate) kills: Option<i64>,
    pub(crate) restarts: Option<i64>,
    /// A death is followed by more of them at once.
    pub(crate) loops: bool,
    /// A death or a stop is a reboot with this probability.
    pub(crate) reboots: f64,
    pub(crate) dead_battery: bool,
    pub(crate) is_unsynchronised: bool,
    /// A wrong clock is put right within twenty minutes with this probability.
    pub(crate) synchronises: f64,
    pub(crate) suspends: Option<i64>,
    pub(crate) stalls: Option<i64>,
    pub(crate) steps: Option<i64>,
    pub(crate) drift_ppm: i64,
    /// How long a commit takes at least and mostly.
    pub(crate) commit: i64,
    pub(crate) slow_disk: f64,
    pub(crate) full_disks: Option<i64>,
    pub(crate) edits: Option<i64>,
    /// People snooze checks.
    pub(crate) snoozes: Option<i64>,
    pub(crate) begins_with_inbox: bool,
    /// Clients ping for a while and then fall silent, for long or for good.
    pub(crate) falls_silent: bool,
    /// How many of the users are told to two recipients.
    pub(crate) pairs: f64,
    pub(crate) mail: MailWeather,
}

/// How fast life goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    /// The shortest and the longest `max_sleep`.
    pub(crate) max_sleep: (i64, i64),
    pub(crate) looks: i64,
    pub(crate) stamps: i64,
}

impl Scale {
    /// Returns the pace that a timekeeper keeps at this scale.
    #[must_use]
    pub(crate) fn pace(&self) -> Pace {
        Pace { looks: Span::from_micros(self.looks), stamps: Span::from_micros(self.stamps) }
    }
}

/// What the mail server does, each with its probability a mail.
#[derive(Clone, Debug, Default)]
pub(crate) struct MailWeather {
    pub(crate) server_soft: f64,
    pub(crate) server_config: f64,
    pub(crate) put_off: f64,
    pub(crate) refused: f64,
    pub(crate) broke_off: f64,
    pub(crate) accepted_unheard: f64,
    pub(crate) slow: f64,
    /// It is away for long.
    pub(crate) absences: Option<i64>,
}

/// The scales, with the length of their storms and the number of users that keep a run short.
pub(crate) const SCALES: [(Scale, i64, i64); 3] = [
    (Scale { max_sleep: (3 * SECOND, MINUTE), looks: SECOND, stamps: 5 * SECOND }, 12 * MINUTE, 5),
    (Scale { max_sleep: (20 * SECOND, 20 * MINUTE), looks: SECOND, stamps: 5 * SECOND }, 40 * MINUTE, 6),
    (Scale { max_sleep: (30 * MINUTE, 26 * HOUR), looks: MINUTE, stamps: 5 * MINUTE }, 6 * 24 * HOUR, 10),
];

/// The shortest calm at the end of a run: the longest distance of two tries, and some.
const CALM_MIN: i64 = 95 * MINUTE;

impl Weather {
    /// Chooses the weather of a seed.
    #[must_use]
    pub(crate) fn choose(dice: &mut Dice) -> Self {
        let scale = *dice.pick(&SCALES);
        Self::choose_at(scale, dice)
    }

    /// Chooses all but the scale, with the longest storm and the most users in it.
    #[must_use]
    pub(crate) fn choose_at((scale, length, users): (Scale, i64, i64), dice: &mut Dice) -> Self {
        let stormy = dice.between(length / 3, length);
        Self {
            scale,
            stormy,
            calm: CALM_MIN.max(4 * scale.max_sleep.1),
            users: usize::try_from(dice.spread(1, users)).unwrap_or(1),
            recipients: usize::try_from(dice.between(1, 4)).unwrap_or(1),
            base_frequency: if dice.chance(0.5) {
                0
            } else {
                dice.spread(scale.looks / 2, scale.max_sleep.0 * 3)
            },
            tolerance: *dice.pick(&[1.0, 1.5, 2.0, 2.0, 2.0, 3.0]),
            digest_over: *dice.pick(&[1, 2, 3, 20]),
            dies_at_point: some(dice, 0.5, |dice| dice.unit() * 0.02).unwrap_or(0.0),
            kills: distance(dice, stormy, 30),
            restarts: distance(dice, stormy, 20),
            loops: dice.chance(0.3),
            reboots: some(dice, 0.6, Dice::unit).unwrap_or(0.0),
            dead_battery: dice.chance(0.3),
            is_unsynchronised: dice.chance(0.2),
            synchronises: 0.8,
            suspends: distance(dice, stormy, 10),
            stalls: distance(dice, stormy, 20),
            steps: distance(dice, stormy, 15),
            drift_ppm: some(dice, 0.3, |dice| dice.between(-200, 200)).unwrap_or(0),
            commit: dice.spread(50, 20 * MILLISECOND),
            slow_disk: some(dice, 0.3, |dice| dice.unit() * 0.05).unwrap_or(0.0),
            full_disks: distance(dice, stormy, 6),
            edits: distance(dice, stormy, 12),
            snoozes: None,
            begins_with_inbox: dice.chance(0.1),
            falls_silent: false,
            pairs: 0.4,
            mail: MailWeather::choose(dice, stormy),
        }
    }

    /// Chooses how often people snooze checks.
    pub(crate) fn choose_snoozes(&mut self, dice: &mut Dice) {
        self.snoozes = distance(dice, self.stormy, 40);
    }
}

impl MailWeather {
    fn choose(dice: &mut Dice, stormy: i64) -> Self {
        let often = |dice: &mut Dice| dice.unit() * dice.unit();
        Self {
            server_soft: some(dice, 0.3, often).unwrap_or(0.0),
            server_config: some(dice, 0.15, often).unwrap_or(0.0),
            put_off: some(dice, 0.3, often).unwrap_or(0.0),
            refused: some(dice, 0.2, often).unwrap_or(0.0),
            broke_off: some(dice, 0.3, often).unwrap_or(0.0),
            accepted_unheard: some(dice, 0.3, often).unwrap_or(0.0),
            slow: some(dice, 0.3, often).unwrap_or(0.0),
            absences: distance(dice, stormy, 4),
        }
    }
}

/// Switches a fault on for some seeds only.
fn some<T>(dice: &mut Dice, share: f64, intensity: impl FnOnce(&mut Dice) -> T) -> Option<T> {
    dice.chance(share).then(|| intensity(dice))
}

/// Chooses a mean distance at which something happens up to `most` times in a run, in half of the seeds.
fn distance(dice: &mut Dice, length: i64, most: i64) -> Option<i64> {
    some(dice, 0.5, |dice| length / dice.between(1, most))
}
