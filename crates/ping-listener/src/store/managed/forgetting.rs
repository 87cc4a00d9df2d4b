//! Forgetting: what is left of deleted checks goes a little at a time.

use crate::store::apply::Desk;
use crate::store::sqlite::{managed, pings};

impl Desk<'_> {
    /// Deletes up to `most` rows of a deleted check from each table; returns how many there were, or 0 if nothing is
    /// left that could go now.
    pub(in crate::store) fn forget_deleted(&mut self, most: usize) -> rusqlite::Result<usize> {
        let Some((check, batch)) = managed::deleted(self.connection)? else { return Ok(0) };
        let rows = managed::delete_left(self.connection, check, most)?;
        // What the log still has comes here once it is sorted.
        let is_log_sorted = batch <= pings::fold(self.connection)?.batch;
        if rows == 0 && is_log_sorted {
            managed::forget_deleted(self.connection, check)?;
            return Ok(1);
        }
        Ok(rows)
    }
}
