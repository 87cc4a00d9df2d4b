//! The disk: how much room is left, and the room that is kept for decisions when there is none.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Room kept back for decisions and for what comes of sending mails while the disk is full: thousands of alerts.
const RESERVE_BYTES: u64 = 8 << 20;

/// Room that has to be there besides the reserve before pings are taken again.
const RESUME_BYTES: u64 = 8 << 20;

/// Under this, or under a twentieth of the disk if that is more, room is short.
const LOW_BYTES: u64 = 200 << 20;

/// More than a single write of the database: where it was refused, so is this.
const QUOTA_TRIED_BYTES: usize = 64 << 10;

/// Watches the room of one folder.
pub(super) struct Disk {
    folder: PathBuf,
    is_full: bool,
}

impl Disk {
    /// Looks after `folder`, and sets the reserve aside if it is not there.
    pub(super) fn new(folder: &Path) -> Self {
        let disk = Self { folder: folder.to_owned(), is_full: false };
        if let Err(error) = disk.set_reserve_aside() {
            tracing::warn!("cannot set room aside for a full disk: {error}");
        }
        disk
    }

    /// Tells whether pings are turned away for want of room.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Fails where there is no room for what is to be committed, as far as that can be made to happen.
    pub(super) fn ask_for_room(&self) -> rusqlite::Result<()> {
        let has_room = match faults::disk::room() {
            faults::disk::Room::Ample => true,
            faults::disk::Room::Reserve => self.is_full,
            faults::disk::Room::Nothing => false,
        };
        if has_room {
            return Ok(());
        }
        Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None))
    }

    /// Frees the reserve, so that decisions can still be written.
    pub(super) fn give_way(&mut self) {
        self.is_full = true;
        if let Err(error) = fs::remove_file(self.reserve()) {
            tracing::warn!("the disk is full, and the room that was set aside cannot be freed: {error}");
        }
    }

    /// Looks whether there is room again; returns whether pings may be taken.
    pub(super) fn try_resume(&mut self) -> bool {
        let has_room = room(&self.folder).is_ok_and(|room| RESERVE_BYTES + RESUME_BYTES <= room.free);
        if has_room && self.set_reserve_aside().is_ok() {
            self.is_full = false;
        }
        !self.is_full
    }

    fn reserve(&self) -> PathBuf {
        self.folder.join("reserve")
    }

    fn set_reserve_aside(&self) -> io::Result<()> {
        let path = self.reserve();
        if fs::metadata(&path).is_ok_and(|metadata| RESERVE_BYTES <= metadata.len()) {
            return Ok(());
        }
        let written = write_zeros(&path);
        if written.is_err() {
            // Half a reserve would take room and give none back that is known.
            let _ = fs::remove_file(&path);
        }
        written
    }
}

/// How much room a disk has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Bytes that may be written.
    pub(crate) free: u64,
    /// Bytes of the whole disk.
    pub(crate) total: u64,
}

impl Room {
    /// Tells whether somebody should look for room.
    pub(crate) fn is_low(self) -> bool {
        self.free < LOW_BYTES.max(self.total / 20)
    }
}

/// Asks how much room the disk of a folder has.
pub(crate) fn room(folder: &Path) -> io::Result<Room> {
    let answer = rustix::fs::statvfs(folder)?;
    if faults::disk::room() != faults::disk::Room::Ample {
        return Ok(Room { free: 0, total: answer.f_blocks * answer.f_frsize });
    }
    Ok(Room { free: answer.f_bavail * answer.f_frsize, total: answer.f_blocks * answer.f_frsize })
}

/// Tells whether a write into a folder is refused for want of a quota. The database only says that its write failed,
/// as it says of a broken disk.
pub(super) fn is_over_quota(folder: &Path) -> bool {
    let path = folder.join("quota");
    let tried = File::create(&path).and_then(|mut file| {
        file.write_all(&vec![0; QUOTA_TRIED_BYTES])?;
        file.sync_all()
    });
    // One that was not made cannot be removed.
    let _ = fs::remove_file(&path);
    tried.is_err_and(|error| [ErrorKind::QuotaExceeded, ErrorKind::StorageFull].contains(&error.kind()))
}

fn write_zeros(path: &Path) -> io::Result<()> {
    let mut file = File::create(path)?;
    let block = [0; 16 << 10];
    for _ in 0..RESERVE_BYTES / (16 << 10) {
        file.write_all(&block)?;
    }
    faults::points::reach(faults::points::Point::StartReserve);
    file.sync_all()
}
