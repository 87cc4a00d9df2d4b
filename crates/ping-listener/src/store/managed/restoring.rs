//! Restoring: from the database to the shelf, at a start.

use std::sync::Arc;

use domain::managed::{Due, Plan};
use domain::ping::Signal;
use domain::time::Span;
use rusqlite::Connection;

use super::settings::Settings;
use super::shelf::{Shelf, Slot};
use crate::store::book::NEVER;
use crate::store::log::LoggedPing;
use crate::store::sqlite::database::schema_version;
use crate::store::sqlite::managed;

impl Shelf {
    /// Reads every managed check, as of its row. The schema may be an older one, which has none.
    pub(in crate::store) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut shelf = Self::default();
        if schema_version(connection)? < managed::SINCE {
            return Ok(shelf);
        }
        let any = Arc::new(Plan {
            due: Due::Every(Span::ZERO),
            grace: Span::ZERO,
            max_runtime: None,
            has_manual_resume: false,
        });
        managed::each(connection, &any, |mut row| {
            let settings: Settings = row.settings;
            row.check.plan = shelf.plans.plan(&settings);
            let slot = Slot {
                uuid: row.uuid,
                badge_key: row.badge_key,
                filter: shelf.plans.filter(&settings),
                settings: Arc::new(settings),
                check: row.check,
                queued_at: NEVER,
            };
            shelf.put(row.id, Some(Box::new(slot)));
        })?;
        if let Some(index) = managed::highest(connection)?.and_then(|highest| highest.managed_index()) {
            shelf.grow(usize::try_from(index).unwrap_or(0));
        }
        Ok(shelf)
    }

    /// Takes note of a ping of the log, unless its check's row or its page knows it: one that only changed how many
    /// there were and when the last was.
    pub(in crate::store) fn note_logged(&mut self, ping: &LoggedPing<'_>) {
        let Some(detail) = &ping.detail else { return };
        let counts = match detail.signal {
            Signal::Success | Signal::Fail => true,
            Signal::Start | Signal::Log | Signal::Ignored => false,
        };
        self.note_ping(ping.check, detail.n, counts.then_some(ping.at));
    }
}
