//! Keys, made and revoked in a data folder whether a server runs on it or not.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::error::OpenError;
use super::loading::secret;
use super::managed::keys::{KeyKind, KeyRow};
use super::sqlite::database::Database;
use super::sqlite::keys;
use crate::random::Random;

/// The keys of a data folder, for a person at its command line.
pub struct KeyFolder {
    connection: Connection,
    path: PathBuf,
    secret: [u8; 32],
}

impl KeyFolder {
    /// Opens a data folder, beside the server that runs on it if one does; makes the folder if need be.
    pub fn open(folder: &Path, random: &Random) -> Result<Self, OpenError> {
        let connection = match Database::open(folder) {
            // Its lock goes with it: a server may start at any time, and meets one more that writes.
            Ok(database) => database.writer,
            Err(OpenError::InUse { .. }) => Database::beside(folder)?,
            Err(error) => return Err(error),
        };
        let secret = secret(&connection, random).map_err(|error| other(folder, &error))?;
        Ok(Self { connection, path: folder.to_owned(), secret })
    }

    /// Returns the server's secret, by which keys are digested.
    #[must_use]
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// Adds a key, unless it is there already; returns whether it was added.
    pub fn add(&mut self, key: &KeyRow) -> Result<bool, OpenError> {
        self.change(|connection| {
            let is_known = keys::all(connection)?
                .iter()
                .any(|known| (known.kind, known.digest) == (key.kind, key.digest));
            if !is_known {
                keys::insert(connection, key.kind, &key.prefix, &key.digest, key.created)?;
            }
            Ok(!is_known)
        })
    }

    /// Returns every key, oldest first.
    pub fn list(&self) -> Result<Vec<KeyRow>, OpenError> {
        keys::all(&self.connection).map_err(|error| other(&self.path, &error))
    }

    /// Revokes the key with a prefix if there is one such key; returns the kinds of all that have it.
    pub fn revoke(&mut self, prefix: &str) -> Result<Vec<KeyKind>, OpenError> {
        self.change(|connection| {
            let mut meant = keys::all(connection)?;
            meant.retain(|key| key.prefix == prefix);
            if let [key] = &meant[..] {
                keys::delete(connection, key.id)?;
            }
            Ok(meant.into_iter().map(|key| key.kind).collect())
        })
    }

    fn change<T>(&mut self, change: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, OpenError> {
        let path = self.path.clone();
        let run = || {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = change(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        run().map_err(|error| other(&path, &error))
    }
}

fn other(folder: &Path, error: &rusqlite::Error) -> OpenError {
    OpenError::Other { path: folder.to_owned(), reason: error.to_string() }
}
