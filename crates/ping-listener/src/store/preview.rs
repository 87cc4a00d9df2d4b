//! A preview: what a config would do to the checks of a data folder, without touching it.

use std::collections::HashSet;
use std::path::Path;

use domain::check::Event;
use uuid::Uuid;

use super::declare::Declaration;
use super::error::OpenError;
use super::loading::{last_stamp, read_book};
use super::managed::shelf::Shelf;
use super::sqlite::database::Database;
use crate::clock::{Clock, Source};

/// Returns the UUIDs of the managed checks of a folder, with a server on it or without. A folder without a database has
/// none.
pub fn known_uuids(folder: &Path) -> Result<HashSet<Uuid>, OpenError> {
    let Some(connection) = Database::look(folder)? else { return Ok(HashSet::new()) };
    let shelf = Shelf::read(&connection)
        .map_err(|error| OpenError::Other { path: folder.to_owned(), reason: error.to_string() })?;
    Ok(shelf.all().map(|(_, slot)| slot.uuid).collect())
}

/// Returns the names of the checks that the declaration would make late at once, and to which it would grant a first
/// period instead. A folder without a database has none.
pub fn granted_time(
    folder: &Path,
    source: std::sync::Arc<dyn Source>,
    declaration: &Declaration,
) -> Result<Vec<String>, OpenError> {
    let Some(connection) = Database::look(folder)? else { return Ok(Vec::new()) };
    let other =
        |error: rusqlite::Error| OpenError::Other { path: folder.to_owned(), reason: error.to_string() };
    let stamp = last_stamp(&connection, i64::MAX).map_err(other)?;
    let (clock, _) = Clock::start(source, jiff::tz::TimeZone::UTC, stamp.as_ref());
    let (mut book, _, _) = read_book(&connection).map_err(other)?;
    book.tolerance = declaration.tolerance;
    let now = clock.now();
    let wanted: std::collections::HashMap<&str, _> =
        declaration.checks.iter().map(|check| (&*check.name, check.demand.policy)).collect();
    let granted = book.in_use().filter(|check| {
        wanted.get(book.name(*check)).is_some_and(|policy| {
            let mut check = book.check(*check);
            check.apply(&Event::Revise(now, *policy), book.listening()).is_granted_time
        })
    });
    Ok(granted.map(|check| book.name(check).to_owned()).collect())
}
