//! The disk by itself: how long it takes to keep a page that was appended to a file, as a commit does.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::spread::percentile;

/// A page of the log of SQLite with its header.
const PAGE_BYTES: usize = 4096 + 24;

/// How long the disk takes for one page, in microseconds.
#[derive(Default)]
pub(crate) struct Disk {
    latencies: Vec<Duration>,
}

impl Disk {
    /// Appends and syncs so many pages to a file in `folder`, and remembers how long each took.
    pub(crate) fn sample(&mut self, folder: &Path, pages: u32) -> Result<()> {
        let path = folder.join("disk");
        let mut file = File::create(&path)?;
        for _ in 0..pages {
            let began = Instant::now();
            file.write_all(&[0x5A; PAGE_BYTES])?;
            file.sync_data()?;
            self.latencies.push(began.elapsed());
        }
        self.latencies.sort_unstable();
        Ok(fs::remove_file(path)?)
    }

    /// Returns the time in microseconds that `percent` of the syncs did not exceed.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        percentile(&self.latencies, percent)
    }

    pub(crate) fn samples(&self) -> usize {
        self.latencies.len()
    }
}
