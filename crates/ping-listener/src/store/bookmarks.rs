//! Bookmarks: where the pings of each check stand in the log, so that a page about a few checks does not read what all
//! the others have pinged since the log was last sorted.

use std::sync::{Arc, Mutex, PoisonError};

use domain::id::CheckId;
use rusqlite::Connection;

use super::log::read_batch;
use super::sqlite::pings::{self, FoldRow};

/// Pings that are remembered: as many as are sorted at once, in 24 MB. A longer log is read anew for each look.
const MARKS_MAX: usize = 1_000_000;

/// What is remembered. What only looks shares it; the writer has no part in it.
#[derive(Default)]
pub(super) struct Bookmarks(Mutex<Marked>);

#[derive(Default)]
struct Marked {
    /// Batches up to this one are gone from the log.
    gone: i64,
    /// Batches up to this one were read.
    read: i64,
    /// The oldest first.
    chunks: Vec<Arc<Chunk>>,
}

/// Marks of some batches that follow each other, by check; those of one check in the order in which it pinged.
#[derive(Clone)]
struct Chunk {
    last_batch: i64,
    marks: Vec<Mark>,
}

/// Where a ping stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    check: CheckId,
    pub(super) batch: i64,
    pub(super) wall_micros: i64,
}

/// The log as one look sees it: the pings that only the log has.
pub(super) struct Unsorted {
    fold: FoldRow,
    last_batch: i64,
    chunks: Vec<Arc<Chunk>>,
}

impl Bookmarks {
    /// Reads what the log has gained, and returns where the pings stand that are not in the history.
    pub(super) fn unsorted(&self, connection: &Connection) -> rusqlite::Result<Unsorted> {
        let (fold, last_batch) = (pings::fold(connection)?, pings::last_batch(connection)?);
        let gone = pings::first_batch(connection)?.map_or(last_batch, |first| first - 1);
        // Who comes meanwhile would read the same: it waits for it.
        let mut marked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if gone < marked.gone {
            // Somebody has seen a later state of the log. This one is so short-lived that it is not worth keeping.
            let chunks = Marked { gone, read: gone, chunks: Vec::new() }.go_on(connection)?;
            return Ok(Unsorted { fold, last_batch, chunks });
        }
        marked.let_go(gone);
        let chunks = marked.go_on(connection)?;
        if MARKS_MAX < chunks.iter().map(|chunk| chunk.marks.len()).sum() {
            *marked = Marked { gone, read: gone, chunks: Vec::new() };
        }
        Ok(Unsorted { fold, last_batch, chunks })
    }
}

impl Marked {
    fn let_go(&mut self, gone: i64) {
        if gone == self.gone {
            return;
        }
        (self.gone, self.read) = (gone, self.read.max(gone));
        self.chunks.retain_mut(|chunk| {
            if gone < chunk.last_batch && chunk.marks.iter().any(|mark| mark.batch <= gone) {
                let marks = chunk.marks.iter().filter(|mark| gone < mark.batch).copied().collect();
                *chunk = Arc::new(Chunk { last_batch: chunk.last_batch, marks });
            }
            gone < chunk.last_batch
        });
    }

    /// Reads the batches that came since, and returns all that is known.
    fn go_on(&mut self, connection: &Connection) -> rusqlite::Result<Vec<Arc<Chunk>>> {
        let mut marks = Vec::new();
        let mut read = self.read;
        pings::each_batch(connection, self.read, i64::MAX, |batch, payload| {
            read = batch;
            // A damaged batch is reported when it is sorted.
            let _ = read_batch(payload, |ping| {
                marks.push(Mark { check: ping.check, batch, wall_micros: ping.wall_micros });
            });
            true
        })?;
        self.read = read;
        if !marks.is_empty() {
            self.add(Chunk { last_batch: read, marks });
        }
        Ok(self.chunks.clone())
    }

    /// Adds a chunk, and makes one of those that are not much longer than it, so that there are few.
    fn add(&mut self, mut chunk: Chunk) {
        while let Some(before) = self.chunks.pop_if(|before| before.marks.len() <= 2 * chunk.marks.len()) {
            let mut marks = Arc::unwrap_or_clone(before).marks;
            marks.append(&mut chunk.marks);
            chunk.marks = marks;
        }
        chunk.marks.sort_by_key(|mark| mark.check);
        self.chunks.push(Arc::new(chunk));
    }
}

impl Unsorted {
    /// Returns where the pings of a check stand, in the order in which they came.
    pub(super) fn of(&self, check: CheckId) -> impl Iterator<Item = Mark> + '_ {
        let of_check = move |chunk: &'_ Arc<Chunk>| {
            let from = chunk.marks.partition_point(|mark| mark.check < check);
            let until = chunk.marks.partition_point(|mark| mark.check <= check);
            from..until
        };
        let marks = self.chunks.iter().flat_map(move |chunk| &chunk.marks[of_check(chunk)]).copied();
        marks.filter(|mark| mark.batch <= self.last_batch && !self.fold.has(mark.batch, mark.check))
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Span;

    use super::*;
    use crate::store::sorting::tests::sort_in_part;
    use crate::store::stage::Stage;

    const NAMES: [&str; 3] = ["one", "two", "three"];

    /// Looks with what is remembered, and with nothing that is.
    async fn assert_same(stage: &Stage, when: &str) -> usize {
        let checks = NAMES.map(|name| stage.store().find(name).unwrap().id);
        let seen = stage.store().look_with_log(move |connection, unsorted| {
            let anew = Bookmarks::default().unsorted(connection)?;
            let marks = |unsorted: &Unsorted| checks.map(|check| unsorted.of(check).collect::<Vec<_>>());
            Ok((marks(unsorted), marks(&anew)))
        });
        let (remembered, anew) = seen.await.unwrap();
        assert_eq!(remembered, anew, "{when}");
        anew.iter().map(Vec::len).sum()
    }

    #[tokio::test]
    async fn what_is_remembered_of_the_log_is_what_it_has() {
        for steps in 0..13 {
            let stage = Stage::open(&NAMES, &["a@example.org"]).await;
            for round in 0..24 {
                stage.advance(Span::from_seconds(1));
                for name in &NAMES[..=round % 3] {
                    stage.ping(name).await;
                }
                assert!(0 < assert_same(&stage, "after a ping").await);
                if round == 9 {
                    sort_in_part(&stage, steps).await;
                    assert_same(&stage, "in the midst of sorting").await;
                }
                if round == 17 {
                    // What was begun is ended first, and what came meanwhile stays in the log.
                    stage.store().sort().await.unwrap();
                    assert_same(&stage, "between two sortings").await;
                    stage.store().sort().await.unwrap();
                    assert_eq!(assert_same(&stage, "after sorting").await, 0);
                }
            }
        }
    }

    #[tokio::test]
    async fn a_look_that_began_before_the_log_was_emptied_still_finds_all() {
        let stage = Stage::open(&NAMES, &["a@example.org"]).await;
        let check = stage.store().find("one").unwrap().id;
        stage.ping("one").await;
        let readers = stage.store().0.readers.clone();
        let bookmarks = stage.store().0.bookmarks.clone();
        let store = stage.store().clone();
        let runtime = tokio::runtime::Handle::current();
        let found = tokio::task::spawn_blocking(move || {
            readers.read(|connection| {
                // From here on it sees the log as it is now.
                pings::fold(connection)?;
                runtime.block_on(async {
                    store.sort().await.unwrap();
                    store.ping(check).await.unwrap();
                    store.recent_pings(check, 1).await.unwrap();
                });
                Ok(bookmarks.unsorted(connection)?.of(check).count())
            })
        });
        assert_eq!(found.await.unwrap().unwrap(), 1);
    }
}
