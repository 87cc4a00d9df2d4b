//! What can go wrong with remembering, by what the caller can do about it.

use std::path::PathBuf;

use thiserror::Error;

/// Why something was not remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The disk is full; it resumes by itself when there is room.
    #[error("the disk is full")]
    Full,
    /// More waits to be written than is reasonable; try again in a second.
    #[error("too much waits to be written")]
    Busy,
    /// The check was deleted meanwhile.
    #[error("the check is gone")]
    Gone,
    /// The process is stopping.
    #[error("the server is stopping")]
    Stopping,
}

/// Why a data folder cannot be opened. Nothing in it was changed.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The folder cannot be made or written.
    #[error("cannot write in the data folder {path}: {reason}; give a writable folder with --data")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's words.
        reason: std::io::Error,
    },
    /// Another process uses the folder.
    #[error(
        "the data folder {path} is in use by another ping-listener; stop it, or give another folder with --data"
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// A newer version made the file.
    #[error(
        "{path} was written by a newer version (its schema is {found}, this program knows {known}); run that version, or restore a backup made before the upgrade"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema's number.
        found: i64,
        /// The highest number that this program knows.
        known: i64,
    },
    /// The file is damaged, or is no database of this program.
    #[error(
        "{path} is damaged or is not a database of ping-listener ({reason}); restore it from a backup, or move it away to start anew"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The database answered something else.
    #[error("cannot open {path}: {reason}")]
    Other {
        /// The file.
        path: PathBuf,
        /// The database's words.
        reason: String,
    },
}
