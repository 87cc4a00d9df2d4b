//! The name of a run: a number, and whether its weather has a theme.

use std::fmt;
use std::str::FromStr;

use crate::dice::Dice;
use crate::theme::Theme;
use crate::weather::Weather;

/// What stands before the number of a seed whose weather has a theme.
const THEMED: &str = "themed-";

/// From which a whole run follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seed {
    pub number: u64,
    /// Its weather is bent towards one kind of trouble.
    pub is_themed: bool,
}

impl Seed {
    /// Chooses the weather.
    #[must_use]
    pub(crate) fn weather(self, dice: &mut Dice) -> Weather {
        if self.is_themed { Theme::of(self.number).choose(dice) } else { Weather::choose(dice) }
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_themed { THEMED } else { "" })?;
        self.number.fmt(f)
    }
}

impl FromStr for Seed {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let number = word.strip_prefix(THEMED);
        let is_themed = number.is_some();
        match number.unwrap_or(word).parse() {
            Ok(number) => Ok(Self { number, is_themed }),
            Err(_) => Err(format!("`{word}` is no seed: it is a number, or {THEMED}NUMBER")),
        }
    }
}
