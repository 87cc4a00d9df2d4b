//! The name of a run: a number, and whether its weather has a theme.

use std::fmt;
use std::str::FromStr;

use crate::dice::Dice;
use crate::theme::Theme;
use crate::weather::Weather;

/// What stands before the number of a seed whose weather has a theme.
const THEMED: &str = "themed-";

/// What stands before the number of a seed with jobs.
const JOBS: &str = "jobs-";

/// What stands before all that of a seed in which nobody snoozes: such are those that were kept before anybody could.
const UNSNOOZED: &str = "unsnoozed-";

/// From which a whole run follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seed {
    pub number: u64,
    /// Its weather is bent towards one kind of trouble.
    pub is_themed: bool,
    /// There are jobs in it, whose checks were made over the API.
    pub has_jobs: bool,
    /// People may snooze checks in it.
    pub has_snoozes: bool,
}

impl Seed {
    /// Chooses the weather.
    #[must_use]
    pub(crate) fn weather(self, dice: &mut Dice) -> Weather {
        let mut weather =
            if self.is_themed { Theme::of(self.number).choose(dice) } else { Weather::choose(dice) };
        weather.begins_with_inbox &= !self.has_jobs;
        weather
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.has_snoozes { "" } else { UNSNOOZED })?;
        f.write_str(if self.is_themed { THEMED } else { "" })?;
        f.write_str(if self.has_jobs { JOBS } else { "" })?;
        self.number.fmt(f)
    }
}

impl FromStr for Seed {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let rest = word.trim_start_matches(UNSNOOZED);
        let has_snoozes = rest == word;
        let is_themed = rest.starts_with(THEMED);
        let rest = rest.trim_start_matches(THEMED);
        let has_jobs = rest.starts_with(JOBS);
        match rest.trim_start_matches(JOBS).parse() {
            Ok(number) => Ok(Self { number, is_themed, has_jobs, has_snoozes }),
            Err(_) => Err(format!("`{word}` is no seed: it is a number, {THEMED}NUMBER or {JOBS}NUMBER")),
        }
    }
}
