//! The directory: from a name to its check, for every request at once and without waiting for the writer.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::id::CheckId;

use super::book::Book;

/// What a request has to know of a name.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The check of that name.
    pub id: CheckId,
    /// SHA-256 of its ping key, if it has one.
    pub key: Option<[u8; 32]>,
}

/// The names that are in use, replaced whole when they change.
#[derive(Clone, Default)]
pub(super) struct SharedDirectory(Arc<ArcSwap<HashMap<Arc<str>, Entry>>>);

impl SharedDirectory {
    /// Returns the entry of a name, or `None` if no check in use has it.
    pub(super) fn find(&self, name: &str) -> Option<Entry> {
        self.0.load().get(name).copied()
    }

    /// Counts the checks that take pings without a key.
    pub(super) fn open_checks(&self) -> usize {
        self.0.load().values().filter(|entry| entry.key.is_none()).count()
    }

    /// Shows the names of the book to everybody.
    pub(super) fn publish(&self, book: &Book) {
        let entries =
            book.in_use().map(|(id, slot)| (slot.name.clone(), Entry { id, key: slot.key })).collect();
        self.0.store(Arc::new(entries));
    }
}
