//! When a check is to ping, in words.

use domain::expression::Expression;
use domain::managed::kind::Kind;
use domain::time::Span;

use crate::store::managed::settings::Settings;
use crate::zones;

/// Returns when pings are due: `every 5 min`, `at 02:00 every day`. Where the clock hangs is not in it.
///
/// `patience` is the period of a declared check, which need not be whole seconds.
#[must_use]
pub fn in_words(settings: &Settings, patience: Option<Span>) -> String {
    if settings.kind == Kind::Simple {
        return format!("every {}", patience.unwrap_or_else(|| span(settings.timeout)));
    }
    let read = Expression::parse(&settings.schedule, &|name| zones::look_up(name));
    read.map_or_else(|_| settings.schedule.clone(), |expression| expression.in_words())
}

/// Returns a length of so many seconds, or of as many as there can be.
#[must_use]
pub fn span(seconds: u64) -> Span {
    Span::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 2_000_000))
}

/// Returns for how long a run may last, in seconds.
#[must_use]
pub fn run_limit(settings: &Settings) -> u64 {
    settings.max_runtime.unwrap_or(settings.grace)
}
