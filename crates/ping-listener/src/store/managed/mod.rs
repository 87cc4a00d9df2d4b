//! Managed checks: those that are made over the API or by their first ping, and remembered here alone.
//!
//! They share the writer, the log, the outbox and the history with the declared ones; what differs is in this folder.

pub mod settings;
pub mod messages;
pub mod viewing;
pub mod finding;
pub mod keys;
pub mod adopting;
pub mod recent;
mod last_ping;
pub(in crate::store) mod keeping;
mod plans;
pub(in crate::store) mod shelf;
mod planted;
mod doing;
pub(in crate::store) mod telling;
mod restoring;
mod forgetting;
pub(in crate::store) mod sealing;

use domain::id::CheckId;
use uuid::Uuid;

use self::finding::{BySlug, Found};
use self::messages::Message;
use self::sealing::Sealed;
use self::settings::{Edit, UniqueBy};
use self::viewing::View;
use super::changes::Author;
use super::error::StoreError;
use super::{PendingPing, Store};

/// Managed checks at most: about a gigabyte of memory.
pub const CHECKS_MAX: usize = 1_000_000;

/// What came of making a check.
#[derive(Clone, Debug)]
pub enum Creation {
    /// There is one more.
    Made(View),
    /// There was one like it, which has been changed.
    Updated(View),
    /// There are as many as there may be.
    OverLimit,
}

/// What came of a ping to a slug.
#[derive(Clone, Debug)]
pub enum Provisioned {
    /// Nobody had the slug, and a check was made.
    Made(Found),
    /// This one has it.
    Found(Found),
    /// More than one has it.
    Many,
    /// There are as many checks as there may be.
    OverLimit,
}

/// What came of resuming a check.
#[expect(clippy::large_enum_variant, reason = "one comes of one request, and is taken apart at once")]
#[derive(Clone, Debug)]
pub enum Resumed {
    /// It is new again.
    Done(View),
    /// It is not paused.
    NotPaused,
    /// It was deleted.
    Gone,
}

impl Store {
    /// Returns the check with a UUID, declared or managed, or `None` if there is none.
    ///
    /// One that is not in the config any more is only found out by [`Store::signal`].
    #[must_use]
    pub fn find_uuid(&self, uuid: Uuid) -> Option<Found> {
        self.0.findings.by_uuid(uuid).or_else(|| {
            let declared = CheckId::new(self.0.sealer.unseal(Sealed::Check, uuid)?);
            (0 < declared.number() && !declared.is_managed()).then(|| self.0.findings.declared(declared))
        })
    }

    /// Returns the managed check with a slug.
    #[must_use]
    pub fn find_slug(&self, slug: &str) -> BySlug {
        self.0.findings.by_slug(slug)
    }

    /// Appends a ping with what came with it, stamped now; resolves when it is on disk. Of a declared check only the
    /// time is kept. [`StoreError::Gone`] if the check was deleted meanwhile.
    #[must_use]
    pub fn signal(&self, check: CheckId, message: Message) -> PendingPing {
        PendingPing(self.0.queue.push_message(check, message))
    }

    /// Returns the check with a slug; if nobody has it, makes one.
    pub async fn provision(&self, slug: &str) -> Result<Provisioned, StoreError> {
        let (drawn, slug) = (self.draw_uuids(), slug.to_owned());
        self.write(move |desk| desk.provision(&slug, drawn)).await
    }

    /// Makes a check, or changes the oldest one that is alike in all of `unique`.
    pub async fn create(
        &self,
        edit: Edit,
        unique: Vec<UniqueBy>,
        author: Author,
    ) -> Result<Creation, StoreError> {
        let drawn = self.draw_uuids();
        self.write(move |desk| desk.create(&edit, &unique, drawn, &author)).await
    }

    /// Changes what is asked of a check; returns it, or `None` if it was deleted.
    pub async fn edit(&self, check: CheckId, edit: Edit, author: Author) -> Result<Option<View>, StoreError> {
        self.write(move |desk| desk.edit(check, &edit, &author)).await
    }

    /// Deletes a check; returns it as it was, or `None` if it was deleted before.
    pub async fn delete(&self, check: CheckId) -> Result<Option<View>, StoreError> {
        self.write(move |desk| desk.delete(check)).await
    }

    /// Pauses a check; returns it, or `None` if it was deleted.
    pub async fn pause(&self, check: CheckId, author: Author) -> Result<Option<View>, StoreError> {
        self.write(move |desk| desk.pause(check, &author)).await
    }

    /// Resumes a check that is paused.
    pub async fn resume(&self, check: CheckId, author: Author) -> Result<Resumed, StoreError> {
        self.write(move |desk| desk.resume(check, &author)).await
    }

    /// Returns the UUID of a declared check: the same for as long as the data folder lives.
    #[must_use]
    pub fn uuid_of_declared(&self, check: CheckId) -> Uuid {
        self.0.sealer.seal(Sealed::Check, check.number())
    }

    /// Returns the UUID of a declared check's badge.
    #[must_use]
    pub fn badge_of_declared(&self, check: CheckId) -> Uuid {
        self.0.sealer.seal(Sealed::Badge, check.number())
    }

    /// Returns the declared check with a badge, in use or not, or `None` if there is none.
    #[must_use]
    pub fn declared_of_badge(&self, badge: Uuid) -> Option<CheckId> {
        let check = CheckId::new(self.0.sealer.unseal(Sealed::Badge, badge)?);
        (0 < check.number() && !check.is_managed()).then_some(check)
    }

    /// Returns the managed check with a badge, or `None` if there is none.
    #[must_use]
    pub fn managed_of_badge(&self, badge: Uuid) -> Option<CheckId> {
        self.0.findings.by_badge(badge)
    }

    /// Returns the UUID of the channel by which mails go out.
    #[must_use]
    pub fn channel_uuid(&self) -> Uuid {
        self.0.sealer.seal(Sealed::Channel, 1)
    }

    /// Draws the UUIDs of a check and of its badge.
    fn draw_uuids(&self) -> [Uuid; 2] {
        [self.0.random.bytes(), self.0.random.bytes()]
            .map(|bytes| uuid::Builder::from_random_bytes(bytes).into_uuid())
    }
}
