//! What a power cut that the file system plays takes from a program of ten lines: what it takes from ours may be as
//! little our doing.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rig::server::let_pass;

use crate::dice::Dice;
use crate::disk::SmallDisk;

const RECORD: usize = 4_096;

/// The power is cut within so many milliseconds.
const WORK_MAX: u64 = 250;

/// What came of it.
#[derive(Debug, Default)]
pub struct Losses {
    /// Records whose sync had said that they are on the disk.
    pub synced: u64,
    /// Those that were not there afterwards.
    pub lost: u64,
    /// Cuts that took one.
    pub cuts: usize,
}

/// Appends records, and syncs each, while the power is cut so many times; where `stops_first`, nothing is written any
/// more by then. Returns `None` where nothing can be mounted.
pub fn append(seed: u64, times: usize, stops_first: bool) -> Option<Losses> {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("disk");
    let disk = SmallDisk::mount(folder.path().join("image"), at.clone())?;
    let mut dice = Dice::new(seed);
    let mut losses = Losses::default();
    for time in 0..times {
        let file = at.join(time.to_string());
        let (is_over, synced) = (AtomicBool::new(false), AtomicU64::new(0));
        thread::scope(|scope| {
            let writer = scope.spawn(|| write(&file, &is_over, &synced));
            let_pass(Duration::from_millis(dice.below(WORK_MAX)));
            if stops_first {
                is_over.store(true, Ordering::SeqCst);
                writer.join().unwrap();
            }
            disk.cut();
        });
        disk.power_up();
        let synced = synced.into_inner();
        let lost = synced - read(file).min(synced);
        losses.synced += synced;
        losses.lost += lost;
        losses.cuts += usize::from(0 < lost);
    }
    Some(losses)
}

/// Writes numbered records until it is over or the disk is; counts those that are on it.
fn write(file: &Path, is_over: &AtomicBool, synced: &AtomicU64) {
    let Ok(mut file) = File::create(file) else { return };
    for number in 1_u64.. {
        let record: Vec<u8> = number.to_le_bytes().into_iter().cycle().take(RECORD).collect();
        if is_over.load(Ordering::SeqCst) || file.write_all(&record).is_err() || file.sync_data().is_err() {
            return;
        }
        synced.store(number, Ordering::SeqCst);
    }
}

/// Returns how many records are there, from the first to one that is missing.
fn read(file: PathBuf) -> u64 {
    let bytes = std::fs::read(file).unwrap_or_default();
    let numbers = bytes.as_chunks::<RECORD>().0.iter().map(|record| record.first_chunk().copied().unwrap());
    let there = (1_u64..).zip(numbers).take_while(|(number, found)| number.to_le_bytes() == *found);
    there.count().try_into().unwrap()
}
