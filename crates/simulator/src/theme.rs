//! Themes: worlds whose weather is bent towards one kind of trouble, so that what is rare elsewhere is frequent there.
//!
//! A theme makes no new fault and excuses none: every law holds in a themed world as in a plain one.

use crate::dice::Dice;
use crate::weather::{MILLISECOND, MailWeather, SCALES, SECOND, Weather};

/// One kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    /// The config is edited again and again, while mails wait.
    Edits,
    /// The machine boots with clocks that lie.
    Boots,
    /// It sleeps, stalls, and its wall clock is set.
    Sleep,
    /// One recipient is refused for good, and others are put off.
    Refusals,
    /// The mail server cannot be reached.
    Outages,
    /// Many fall silent together, and few are told of all of them.
    Digests,
    /// Mails stay here at first, and then go out.
    Inbox,
    /// The process dies with mails in its hands.
    Hands,
    /// The disk is slow, and pings come all the time.
    Floods,
}

/// All of them, in the order of the seeds.
const ALL: [Theme; 9] = [
    Theme::Edits,
    Theme::Boots,
    Theme::Sleep,
    Theme::Refusals,
    Theme::Outages,
    Theme::Digests,
    Theme::Inbox,
    Theme::Hands,
    Theme::Floods,
];

impl Theme {
    /// Returns the theme of a themed seed.
    pub(crate) fn of(number: u64) -> Self {
        let place = usize::try_from(number % 9).unwrap_or(0);
        ALL[place]
    }

    /// Chooses the weather, and bends it.
    pub(crate) fn choose(self, dice: &mut Dice) -> Weather {
        let (scale, length, users) = match self {
            Self::Edits | Self::Digests | Self::Inbox | Self::Floods => SCALES[0],
            // Long lives: a doubt lasts for ten minutes.
            Self::Boots => (SCALES[0].0, 10 * SCALES[0].1, 4),
            Self::Refusals | Self::Hands => SCALES[1],
            Self::Sleep | Self::Outages => *dice.pick(&SCALES),
        };
        let mut weather = Weather::choose_at((scale, length, users), dice);
        self.bend(&mut weather, dice);
        weather
    }

    fn bend(self, weather: &mut Weather, dice: &mut Dice) {
        match self {
            Self::Edits => edits(weather, dice),
            Self::Boots => boots(weather, dice),
            Self::Sleep => sleep(weather, dice),
            Self::Refusals => refusals(weather, dice),
            Self::Outages => outages(weather, dice),
            Self::Digests => digests(weather, dice),
            Self::Inbox => inbox(weather, dice),
            Self::Hands => hands(weather, dice),
            Self::Floods => floods(weather, dice),
        }
    }
}

/// Returns the mean distance of something that happens `least..=most` times in the storm.
fn often(weather: &Weather, dice: &mut Dice, least: i64, most: i64) -> i64 {
    weather.stormy / dice.between(least, most)
}

fn edits(weather: &mut Weather, dice: &mut Dice) {
    weather.edits = Some(often(weather, dice, 60, 200));
    weather.users = usize::try_from(dice.between(3, 6)).unwrap_or(3);
    weather.falls_silent = true;
    weather.kills = None;
    weather.mail.absences = Some(often(weather, dice, 4, 12));
    weather.mail.put_off = dice.unit();
}

fn boots(weather: &mut Weather, dice: &mut Dice) {
    weather.kills = Some(often(weather, dice, 3, 5));
    weather.loops = false;
    weather.restarts = None;
    weather.dies_at_point = 0.0;
    weather.reboots = 1.0;
    weather.dead_battery = true;
    weather.synchronises = 0.2;
    weather.is_unsynchronised = dice.chance(0.7);
    weather.users = 4;
    weather.edits = None;
    weather.falls_silent = true;
    weather.full_disks = None;
}

fn sleep(weather: &mut Weather, dice: &mut Dice) {
    weather.suspends = Some(often(weather, dice, 10, 40));
    weather.stalls = Some(often(weather, dice, 10, 40));
    weather.steps = Some(often(weather, dice, 10, 40));
    weather.kills = None;
}

fn refusals(weather: &mut Weather, dice: &mut Dice) {
    weather.recipients = 2;
    weather.pairs = 1.0;
    weather.falls_silent = dice.chance(0.5);
    weather.kills = None;
    weather.dies_at_point = 0.0;
    weather.mail = MailWeather {
        refused: 0.5 + dice.unit() / 2.0,
        put_off: dice.unit(),
        broke_off: dice.unit() / 5.0,
        ..MailWeather::default()
    };
}

fn outages(weather: &mut Weather, dice: &mut Dice) {
    weather.kills = None;
    weather.restarts = None;
    weather.dies_at_point = 0.0;
    weather.falls_silent = dice.chance(0.5);
    weather.mail.server_soft = dice.unit();
    weather.mail.server_config = dice.unit() / 5.0;
    weather.mail.absences = Some(often(weather, dice, 1, 6));
}

fn digests(weather: &mut Weather, dice: &mut Dice) {
    // Limits that are all but the same are over in one pass after an absence.
    let max_sleep = dice.between(20, 60) * SECOND;
    weather.scale.max_sleep = (max_sleep, max_sleep + SECOND);
    weather.base_frequency = dice.between(max_sleep / 2, 2 * max_sleep);
    weather.users = usize::try_from(dice.between(5, 12)).unwrap_or(5);
    weather.recipients = usize::try_from(dice.between(1, 2)).unwrap_or(1);
    weather.digest_over = dice.between(1, 3);
    weather.falls_silent = true;
    weather.mail.put_off = dice.unit() / 2.0;
}

fn inbox(weather: &mut Weather, dice: &mut Dice) {
    weather.begins_with_inbox = true;
    weather.users = 4;
    weather.kills = None;
    weather.dies_at_point = 0.0;
    weather.restarts = Some(often(weather, dice, 8, 15));
    weather.falls_silent = true;
}

fn hands(weather: &mut Weather, dice: &mut Dice) {
    weather.dies_at_point = dice.unit() / 20.0;
    weather.kills = Some(often(weather, dice, 20, 60));
    weather.reboots = 0.0;
    weather.falls_silent = dice.chance(0.5);
    weather.mail.slow = dice.unit();
    weather.mail.accepted_unheard = dice.unit() / 2.0;
}

fn floods(weather: &mut Weather, dice: &mut Dice) {
    weather.scale.max_sleep = (3 * SECOND, 6 * SECOND);
    weather.commit = dice.between(20 * MILLISECOND, 90 * MILLISECOND);
    weather.users = 5;
    weather.kills = None;
}
