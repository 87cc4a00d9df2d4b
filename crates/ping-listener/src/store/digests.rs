//! Digests: which mail lists an alert, settled as the alert is queued, so that the end of a pass has nothing to do.

use std::collections::BTreeMap;

use domain::time::Timestamp;

use super::apply::{Desk, Undo};
use super::planted;
use super::sqlite::outbox as rows;

/// Alerts in one mail: about half a megabyte, which every mail server takes.
pub(super) const DIGEST_ALERTS_MAX: u32 = 2_000;

/// What a pass has queued so far, by recipient.
#[derive(Default)]
pub(super) struct Digests {
    pass: Option<Timestamp>,
    shares: BTreeMap<Box<str>, Share>,
}

/// What is queued for one recipient.
#[derive(Default)]
struct Share {
    count: Count,
    /// The rows in no digest, while there are few enough to be mails of their own.
    singles: Vec<i64>,
}

/// How much is queued for one recipient, and the digest that is being filled, if there is one.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    queued: u32,
    digest: Option<i64>,
}

impl Count {
    /// Returns the digest that the next row goes into, if that is known before the row is there.
    fn digest_of_next(self) -> Option<i64> {
        self.digest.filter(|_| !self.queued.is_multiple_of(DIGEST_ALERTS_MAX))
    }
}

impl Digests {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Puts the count of a recipient back to what it was.
    pub(super) fn put_back(&mut self, recipient: &str, before: Count) {
        if let Some(share) = self.shares.get_mut(recipient) {
            share.count = before;
            if before.digest.is_none() {
                share.singles.truncate(before.queued.try_into().unwrap_or(usize::MAX));
            }
        }
    }

    fn begin(&mut self, pass: Timestamp) {
        if self.pass != Some(pass) {
            *self = Self { pass: Some(pass), shares: BTreeMap::new() };
        }
    }

    fn count(&self, recipient: &str) -> Count {
        self.shares.get(recipient).map_or_else(Count::default, |share| share.count)
    }

    /// Counts a row; returns the rows that now go into a digest, if more than `over` are queued, and which.
    fn add(&mut self, recipient: &str, id: i64, over: u32) -> Vec<(i64, i64)> {
        if !self.shares.contains_key(recipient) {
            self.shares.insert(recipient.into(), Share::default());
        }
        let Some(share) = self.shares.get_mut(recipient) else { return Vec::new() };
        let is_placed = share.count.digest_of_next().is_some();
        share.count.queued += 1;
        if is_placed {
            return Vec::new();
        }
        if share.count.digest.is_some() {
            share.count.digest = Some(id);
            return vec![(id, id)];
        }
        share.singles.push(id);
        if share.count.queued <= over {
            return Vec::new();
        }
        let mut joining = Vec::with_capacity(share.singles.len());
        for digest in share.singles.chunks(DIGEST_ALERTS_MAX as usize) {
            share.count.digest = digest.first().copied();
            joining.extend(digest.iter().map(|&id| (id, digest[0])));
        }
        joining
    }
}

impl Desk<'_> {
    /// Returns the digest that the next alert of the open pass to a recipient goes into, if that is known already.
    pub(super) fn digest_of_next(&mut self, recipient: &str) -> Option<i64> {
        self.book.digests.begin(self.identity.open_pass?);
        self.book.digests.count(planted::sharing(recipient)).digest_of_next()
    }

    /// Counts an alert of the open pass that was queued, and puts what is too much for mails of their own into digests.
    ///
    /// Each transaction leaves a recipient either few mails or digests, so that a crash before the end of the pass
    /// leaves nothing to be gathered.
    pub(super) fn count_in(&mut self, recipient: &str, id: i64) -> rusqlite::Result<()> {
        if self.identity.open_pass.is_none() {
            return Ok(());
        }
        let recipient = planted::sharing(recipient);
        let before = self.book.digests.count(recipient);
        let joining = self.book.digests.add(recipient, id, self.identity.digest_over);
        self.changes.note(Undo::Counted(recipient.into(), before));
        for (id, digest) in joining {
            rows::put_into_digest(self.connection, id, digest)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use domain::time::Span;
    use rusqlite::ffi;

    use crate::store::passes::BATCH_CHECKS_MAX;
    use crate::store::stage::Stage;

    const LATE: Span = Span::from_seconds(61);

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("test{number}")).collect()
    }

    async fn stage_of(names: &[String]) -> Stage {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Stage::open(&names, &["a@example.org"]).await
    }

    #[tokio::test]
    async fn a_long_pass_is_as_many_mails_as_its_alerts_fill() {
        let stage = stage_of(&names(4_001)).await;
        stage.silence(LATE).await;
        for listed in [2_000, 2_000, 1] {
            assert_eq!(stage.lease().await.unwrap().facts.len(), listed);
        }
        assert!(stage.lease().await.is_none());
    }

    #[tokio::test]
    async fn what_a_pass_decided_before_a_crash_cut_it_off_is_one_mail() {
        let names = names(1_500);
        let mut stage = stage_of(&names).await;
        stage.advance(LATE);
        let clock = stage.store().0.clock.clone();
        stage.store().write(move |desk| desk.decide(None, &clock).map(drop)).await.unwrap();
        stage.crash().await;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let stage = stage.restart(&names, &["a@example.org"]).await;
        assert_eq!(stage.lease().await.unwrap().facts.len(), BATCH_CHECKS_MAX);
        assert!(stage.lease().await.is_none());
    }

    #[tokio::test]
    async fn alerts_that_a_full_disk_undid_do_not_count_towards_a_digest() {
        let stage = stage_of(&names(15)).await;
        stage.advance(LATE);
        let clock = stage.store().0.clock.clone();
        let has_failed = AtomicBool::new(false);
        let decide = move |desk: &mut super::Desk<'_>| {
            desk.decide(None, &clock)?;
            if has_failed.swap(true, Ordering::Relaxed) {
                return Ok(());
            }
            Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), None))
        };
        stage.store().write(decide).await.unwrap();
        assert_eq!(stage.lease().await.unwrap().facts.len(), 1, "fifteen alerts are fifteen mails");
    }
}
