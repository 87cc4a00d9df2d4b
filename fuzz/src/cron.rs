//! Cron expressions: any text is answered, and what comes next is later than asked.

use domain::expression::Kind;

use crate::schedules;

/// Reads the first bytes as a place and an instant, and the rest as an expression.
pub fn target(data: &[u8]) {
    schedules::hold(data, Kind::Cron);
}
