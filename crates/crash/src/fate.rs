//! How a round ends: where the program dies, and the how manieth time that it comes there.

use std::time::Duration;

use crate::dice::Dice;

/// Rounds in a hundred that end within the start.
const IN_RECOVERY: u64 = 12;

/// Rounds in a hundred that end at any moment.
const AT_ANY_MOMENT: u64 = 28;

/// A round at any moment ends within so many milliseconds.
const MOMENT_MAX: u64 = 700;

/// One round's end.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    /// At a named point.
    Point { name: String, count: u64 },
    /// So long after it listens.
    Moment(Duration),
}

impl Fate {
    /// Draws one; a first start has other work than the ones after.
    pub(crate) fn draw(dice: &mut Dice, points: &[String], is_first: bool) -> Self {
        let draw = dice.below(100);
        let (in_recovery, at_any_moment) = if is_first { (40, 0) } else { (IN_RECOVERY, AT_ANY_MOMENT) };
        if draw < at_any_moment {
            return Self::Moment(Duration::from_millis(dice.below(MOMENT_MAX)));
        }
        let is_in_recovery = draw < at_any_moment + in_recovery;
        let is_fitting = |name: &str| match (is_first, is_in_recovery) {
            (true, true) if draw < 30 => is_once(name),
            // A first start writes about everybody who is silent, at once; later ones are calm.
            (true, false) if draw < 80 => name.starts_with("alert."),
            (true | false, true) => is_start(name) && (is_first || !is_once(name)),
            (true | false, false) => !is_start(name),
        };
        let fitting: Vec<_> = points.iter().filter(|name| is_fitting(name)).collect();
        let name = (*dice.pick(&fitting)).clone();
        let count = dice.count(most(&name));
        Self::Point { name, count }
    }
}

fn is_start(name: &str) -> bool {
    name.starts_with("start.")
}

/// Tells whether only the first start in a folder comes to a point.
fn is_once(name: &str) -> bool {
    ["start.migrating", "start.migrated", "start.reserve"].contains(&name)
}

/// Returns how often a short round comes to a point, about.
fn most(name: &str) -> u64 {
    match name.split('.').next().unwrap_or_default() {
        "write" | "commit" | "answer" => 200,
        "checkpoint" | "managed" => 30,
        "alert" | "smtp" | "lease" | "settle" => 6,
        "sorting" | "stamp" => 2,
        _ => 1,
    }
}
