//! Keys: who may use the API and who may ping by slug, known only by their digests.

use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::sqlite::keys;

/// What a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// All of the API.
    ReadWrite,
    /// What changes nothing and gives no ping address away.
    ReadOnly,
    /// Pings by slug.
    Ping,
}

impl KeyKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::ReadWrite, Self::ReadOnly, Self::Ping];

    /// Returns the word for it: `read-write`, `read-only`, `ping`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ReadWrite => "read-write",
            Self::ReadOnly => "read-only",
            Self::Ping => "ping",
        }
    }

    /// Returns the kind that a word stands for, or `None` if it stands for none.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A key as the data folder has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Its number; later keys have higher ones.
    pub id: i64,
    /// What it opens.
    pub kind: KeyKind,
    /// Its first characters, by which people and programs find it.
    pub prefix: String,
    /// What the whole key is compared by.
    pub digest: [u8; 32],
    /// When it was made.
    pub created: jiff::Timestamp,
}

impl Store {
    /// Adds a key.
    pub async fn add_key(&self, kind: KeyKind, prefix: String, digest: [u8; 32]) -> Result<(), StoreError> {
        self.write(move |desk| {
            desk.changes.is_visible = true;
            let created = desk.book.timeline.wall(desk.now);
            keys::insert(desk.connection, kind, &prefix, &digest, created)
        })
        .await
    }

    /// Revokes a key; returns whether there was one of that number.
    pub async fn revoke_key(&self, id: i64) -> Result<bool, StoreError> {
        self.write(move |desk| {
            desk.changes.is_visible = true;
            keys::delete(desk.connection, id)
        })
        .await
    }

    /// Returns every key, oldest first.
    pub async fn keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        self.look(keys::all).await
    }
}
