//! Upkeep: everything that the background rooms and the wiring ask of the store besides passes and sorting.

use std::sync::atomic::Ordering;

use domain::gap::Gap;
use domain::time::{Span, Timestamp};

use super::Store;
use super::apply::Desk;
use super::attempts::{LeasedMail, Outcome};
use super::declare::{Declaration, Declared, Trust, Undeclared};
use super::disk;
use super::error::StoreError;
use super::identity::ChannelKind;
use super::portions::Portions;
use super::sqlite::database::FILE;
use super::sqlite::{downtime, refused, settings};
use super::view::DatabaseView;
use crate::clock::{Clock, Stamp};

/// The setting under which a mark waits for the next start.
const STOP_MARK: &str = "stop mark";

impl Store {
    /// Makes the checks agree with the config.
    pub async fn declare(
        &self,
        declaration: Declaration,
        trust: Trust,
    ) -> Result<Result<Declared, Undeclared>, StoreError> {
        let portions = Portions::DEFAULT;
        if trust == Trust::Reload && portions.looked_at < declaration.checks.len() {
            return self.declare_in_portions(declaration, portions).await;
        }
        let clock = self.0.clock.clone();
        self.write(move |desk| {
            let declared = desk.declare(&declaration, trust)?;
            // What is known from here on must not be charged for the time in which a crash keeps everybody out: it
            // needs a sign of life as old as itself.
            if downtime::stamp(desk.connection)?.is_none() {
                downtime::save_stamp(desk.connection, &clock.stamp(desk.book.gaps.open_since(), Span::ZERO))?;
            }
            Ok(declared)
        })
        .await
    }

    /// Tells whether a mail of this data folder ever went out by a mail server.
    pub async fn has_sent_by_email(&self) -> Result<bool, StoreError> {
        self.write(|desk| desk.has_sent_by_email()).await
    }

    /// Takes note of where mails go.
    pub async fn choose_channel(&self, channel: ChannelKind) -> Result<(), StoreError> {
        self.write(move |desk| desk.choose_channel(channel)).await
    }

    /// Takes note that pings can be taken from now on: the time in which nobody listened ends.
    pub async fn listen(&self) -> Result<(), StoreError> {
        self.write(|desk| {
            desk.identity.is_listening = true;
            Ok(())
        })
        .await?;
        // The gap ends with the first transaction after that.
        self.write(|_| Ok(())).await
    }

    /// The same after a restart during which everybody who came has waited: there was no such time.
    pub async fn listen_on(&self) -> Result<(), StoreError> {
        self.write(|desk| {
            desk.book.gaps.forget_open();
            desk.identity.is_listening = true;
            Ok(())
        })
        .await
    }

    /// Returns the mark that the last process left when it stopped in good order, and takes it away.
    pub async fn take_stop_mark(&self) -> Result<Option<String>, StoreError> {
        self.write(|desk| {
            let mark = settings::find(desk.connection, STOP_MARK)?;
            settings::delete(desk.connection, STOP_MARK)?;
            Ok(mark)
        })
        .await
    }

    /// Writes the last sign of life of a process that stops in good order, and leaves a mark if there is one.
    pub async fn stamp_stop(&self, untrusted: Span, mark: Option<String>) -> Result<(), StoreError> {
        self.stamp(untrusted).await?;
        let Some(mark) = mark else { return Ok(()) };
        self.write(move |desk| settings::save(desk.connection, STOP_MARK, &mark)).await
    }

    /// Writes a sign of life.
    pub async fn stamp(&self, untrusted: Span) -> Result<(), StoreError> {
        let clock = self.0.clock.clone();
        self.write(move |desk| desk.stamp(&clock, untrusted)).await
    }

    /// Adds a gap that has ended.
    pub async fn add_gap(&self, gap: Gap, cause: &'static str) -> Result<(), StoreError> {
        self.write(move |desk| {
            // Even if it cannot be written now: whoever could not ping must not be taken for silent.
            desk.book.gaps.push(gap);
            if !desk.unsaved_gaps.contains(&(gap, cause)) {
                desk.unsaved_gaps.push((gap, cause));
            }
            desk.changes.is_visible = true;
            Ok(())
        })
        .await
    }

    /// Leases up to `most` mails that are due.
    pub async fn lease(&self, most: usize) -> Result<Vec<LeasedMail>, StoreError> {
        let random = self.0.random.clone();
        let leased = self
            .write_long(move |desk| {
                let draw = || i64::from_le_bytes(random.bytes()) & i64::MAX;
                desk.lease(most, &draw)
            })
            .await?;
        if let Some(unknown) = leased.unknown {
            self.0.status.unknown_mails.store(unknown, Ordering::Relaxed);
        }
        Ok(leased.mails)
    }

    /// Writes what came of trying a mail; returns whether its lease still held.
    pub async fn settle(&self, token: i64, outcome: Outcome) -> Result<bool, StoreError> {
        let jitter = self.0.random.unit();
        let (held, refused) = self
            .write_long(move |desk| {
                Ok((desk.settle(token, &outcome, jitter)?, refused::count(desk.connection)?))
            })
            .await?;
        self.0.status.refused_recipients.store(refused, Ordering::Relaxed);
        Ok(held)
    }

    /// Returns when there is something to do for a sender, or `None` if nothing waits.
    pub async fn next_mail(&self) -> Result<Option<Timestamp>, StoreError> {
        self.write(|desk| desk.next_mail()).await
    }

    /// Queues a test mail.
    pub async fn queue_test(&self, recipient: String) -> Result<(), StoreError> {
        let nonce = format!("{:032x}", u128::from_le_bytes(self.0.random.bytes()));
        self.write(move |desk| desk.queue_test(&recipient, &nonce)).await
    }

    /// Puts a mail that was given up back into the queue; returns whether there was one of that number.
    pub async fn send_again(&self, id: i64) -> Result<bool, StoreError> {
        self.write(move |desk| desk.send_again(id)).await
    }

    /// Writes and reads a probe, at most once a second: an answer may be that old.
    pub async fn probe(&self) -> Result<(), StoreError> {
        const REMEMBERED: Span = Span::from_seconds(1);
        let mut probed = self.0.probed.lock().await;
        let now = self.0.clock.now();
        if let Some((at, outcome)) = *probed
            && now - at < REMEMBERED
        {
            return outcome;
        }
        let outcome = self.write_probe(now).await;
        *probed = Some((now, outcome));
        outcome
    }

    async fn write_probe(&self, now: Timestamp) -> Result<(), StoreError> {
        const PROBE: &str = "probe";
        let value = now.as_micros().to_string();
        let written = value.clone();
        self.write(move |desk| settings::save(desk.connection, PROBE, &written)).await?;
        let read = self.look(|connection| settings::find(connection, PROBE)).await?;
        // Another probe may have come between, with a later number of the same length.
        if read.is_none_or(|read| read < value) || self.is_full() { Err(StoreError::Full) } else { Ok(()) }
    }

    /// Tells whether pings are turned away because the disk is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.status.is_full.load(Ordering::Relaxed)
    }

    /// Tells whether room on the disk is short, as of the last look.
    #[must_use]
    pub fn is_low(&self) -> bool {
        self.0.status.is_low.load(Ordering::Relaxed)
    }

    /// Counts the recipients that the mail server refused for good.
    #[must_use]
    pub fn refused_recipients(&self) -> u64 {
        self.0.status.refused_recipients.load(Ordering::Relaxed)
    }

    /// Counts the mails that were given up because this version does not know what they say.
    #[must_use]
    pub fn unknown_mails(&self) -> u64 {
        self.0.status.unknown_mails.load(Ordering::Relaxed)
    }

    /// Counts the pings that are not sorted into the history.
    #[must_use]
    pub fn unsorted_pings(&self) -> u64 {
        self.0.status.unsorted_pings.load(Ordering::Relaxed)
    }

    /// Returns the length of what is not sorted, with all that came with the pings.
    #[must_use]
    pub fn unsorted_bytes(&self) -> u64 {
        self.0.status.unsorted_bytes.load(Ordering::Relaxed)
    }

    /// Looks how much room the disk has.
    pub fn look_at_disk(&self) {
        let is_low = disk::room(&self.0.folder).is_ok_and(disk::Room::is_low);
        self.0.status.is_low.store(is_low, Ordering::Relaxed);
    }

    /// Returns where everything is kept, and how much that is.
    #[must_use]
    pub fn database(&self) -> DatabaseView {
        let path = self.0.folder.join(FILE);
        let mut log = path.clone().into_os_string();
        log.push("-wal");
        let bytes = |path: &std::path::Path| path.metadata().map_or(0, |metadata| metadata.len());
        DatabaseView { bytes: bytes(&path) + bytes(log.as_ref()), path }
    }

    /// Counts the checks in use: the declared ones, and the managed ones.
    pub async fn count_checks(&self) -> Result<(usize, usize), StoreError> {
        self.write(|desk| Ok((desk.book.names.in_use(), desk.book.shelf.count()))).await
    }

    /// Takes nothing more in; what waits is still committed, and then the writer ends.
    pub fn close(&self) {
        self.0.queue.close();
    }
}

impl Desk<'_> {
    fn stamp(&self, clock: &Clock, untrusted: Span) -> rusqlite::Result<()> {
        // A disk that is found full after a suspend is where an absence ends up, not where it began.
        let absences = [self.book.gaps.open_since(), clock.unnoted_since(clock.now())];
        let stamp: Stamp = clock.stamp(absences.into_iter().flatten().min(), untrusted);
        downtime::save_stamp(self.connection, &stamp)?;
        faults::points::reach(faults::points::Point::StampWritten);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use domain::check::Policy;
    use domain::gap::Gap;
    use domain::time::Span;

    use crate::store::apply::Desk;
    use crate::store::stage::{POLICY, Stage};

    const PATIENT: Policy = Policy { grace: Span::from_seconds(10), ..POLICY };

    #[tokio::test]
    async fn a_crash_before_the_first_sign_of_life_makes_nobody_silent() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        stage.oversleep(Span::from_seconds(60));
        let stage = stage.restart(&["test"], &["a@example.org"]).await;
        stage.store().pass().await.unwrap();
        assert_eq!(stage.rows().await, [], "nobody could ping while the server was away");
    }

    /// Lets the time pass in which nobody is alerted after a start, but not the one in which a healthy client comes.
    async fn is_anybody_reported(stage: &Stage) -> bool {
        stage.silence(Span::from_seconds(12)).await;
        !stage.rows().await.is_empty()
    }

    #[tokio::test]
    async fn an_absence_that_ends_with_a_ping_and_a_crash_is_one() {
        let mut stage = Stage::open_for(&["silent", "quick"], &["a@example.org"], PATIENT).await;
        stage.oversleep(Span::from_seconds(60));
        stage.ping("quick").await;
        stage.crash().await;
        stage.start(&["silent", "quick"], &["a@example.org"], PATIENT).await;
        assert!(!is_anybody_reported(&stage).await, "nobody could ping while the machine slept");
    }

    #[tokio::test]
    async fn an_absence_that_ends_with_a_stop_is_one() {
        let mut stage = Stage::open_for(&["test"], &["a@example.org"], PATIENT).await;
        stage.oversleep(Span::from_seconds(60));
        stage.store().stamp(Span::ZERO).await.unwrap();
        stage.crash().await;
        stage.start(&["test"], &["a@example.org"], PATIENT).await;
        assert!(!is_anybody_reported(&stage).await, "nobody could ping while the machine slept");
    }

    #[tokio::test]
    async fn an_absence_that_ends_with_a_full_disk_and_a_stop_is_one() {
        let mut stage = Stage::open_for(&["test"], &["a@example.org"], PATIENT).await;
        stage.oversleep(Span::from_seconds(60));
        let clock = stage.store().0.clock.clone();
        let stop_on_full_disk = move |desk: &mut Desk<'_>| {
            desk.book.gaps.open(clock.now());
            desk.stamp(&clock, Span::ZERO)
        };
        stage.store().write(stop_on_full_disk).await.unwrap();
        stage.crash().await;
        stage.start(&["test"], &["a@example.org"], PATIENT).await;
        assert!(!is_anybody_reported(&stage).await, "nobody could ping while the machine slept");
    }

    #[tokio::test]
    async fn an_absence_that_begins_with_a_stall_is_one() {
        let mut stage = Stage::open_for(&["test"], &["a@example.org"], PATIENT).await;
        stage.ping("test").await;
        stage.store().stamp(Span::ZERO).await.unwrap();
        let began = stage.now();
        stage.advance(Span::from_millis(300));
        stage.store().add_gap(Gap { from: began, until: stage.now() }, "stall").await.unwrap();
        stage.oversleep(Span::from_seconds(60));
        stage.crash().await;
        stage.store().stamp(Span::ZERO).await.unwrap();
        stage.crash().await;
        stage.start(&["test"], &["a@example.org"], PATIENT).await;
        assert!(!is_anybody_reported(&stage).await, "nobody could ping while the server was away");
    }

    #[tokio::test]
    async fn service_time_goes_on_from_the_last_ping_after_a_boot_with_a_dead_clock() {
        for is_sorted in [false, true] {
            let mut stage = Stage::open_for(&["test"], &["a@example.org"], PATIENT).await;
            stage.advance(Span::from_seconds(3));
            let answered = stage.ping("test").await;
            if is_sorted {
                stage.store().sort().await.unwrap();
            }
            stage.reboot();
            stage.crash().await;
            stage.start(&["test"], &["a@example.org"], PATIENT).await;
            let again = stage.ping("test").await;
            assert!(answered.at <= again.at, "{:?} came before {:?}", again.at, answered.at);
        }
    }

    #[tokio::test]
    async fn a_start_that_crashes_keeps_the_absence_before_it() {
        let mut stage = Stage::open_for(&["test"], &["a@example.org"], PATIENT).await;
        stage.ping("test").await;
        stage.oversleep(Span::from_seconds(60));
        stage.crash().await;
        stage.store().stamp(Span::ZERO).await.unwrap();
        stage.crash().await;
        stage.start(&["test"], &["a@example.org"], PATIENT).await;
        assert!(!is_anybody_reported(&stage).await, "nobody could ping while the server was away");
    }
}
