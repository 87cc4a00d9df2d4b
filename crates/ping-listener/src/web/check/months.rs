//! For how long a check was down, month by month, with our own absences told apart.

use domain::time::Span;

use crate::store::error::StoreError;
use crate::store::past;
use crate::web::Rooms;
use crate::web::subject::{Look, Subject};
use crate::web::words::calendar as words;

/// Months that are told: a year, and this month again.
const MONTHS: usize = 13;

/// One month of a check.
pub(super) struct MonthRow {
    pub(super) month: String,
    pub(super) down: String,
    pub(super) downs: u32,
    pub(super) uptime: String,
    pub(super) away: String,
}

/// Returns the months in which a check was known, the present one first.
pub(super) async fn latest(rooms: &Rooms, subject: &Subject) -> Result<Vec<MonthRow>, StoreError> {
    let months = rooms.store.downtime_by_month(subject.id, MONTHS).await?;
    let months = months.iter().rev().filter(|month| Span::ZERO < month.cell.known);
    let is_new = subject.look == Look::New;
    Ok(months.map(|month| MonthRow::new(month, is_new)).collect())
}

impl MonthRow {
    /// One that has not pinged yet was neither up nor down.
    fn new(month: &past::Month, is_new: bool) -> Self {
        let length = |length: Span| {
            if Span::ZERO < length { words::whole_seconds(length) } else { words::NEVER.to_owned() }
        };
        let cell = &month.cell;
        Self {
            month: words::month(month.first),
            down: length(cell.down),
            downs: cell.downs,
            uptime: cell.uptime().filter(|_| !is_new).map_or_else(|| words::NEVER.to_owned(), words::share),
            away: length(cell.away),
        }
    }
}
