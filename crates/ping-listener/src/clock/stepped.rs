//! A wall clock that can be set while the server runs, by a file: for proofs, since the machine's own is not ours.

use std::fs;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

use domain::time::Span;

use super::{Reading, Source, SystemSource};

/// Names the variable that names the file.
pub const VARIABLE: &str = "PING_LISTENER_WALL_STEP_FILE";

/// The machine's clocks, with the wall clock ahead of it by as many microseconds as the file says.
pub struct SteppedSource {
    file: PathBuf,
}

impl SteppedSource {
    /// Reads `file` at each look at all clocks; one that is missing or says no number counts as zero.
    #[must_use]
    pub fn new(file: PathBuf) -> Self {
        Self { file }
    }

    fn step_micros(&self) -> i64 {
        fs::read_to_string(&self.file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }
}

impl Source for SteppedSource {
    fn read(&self) -> Reading {
        let reading = SystemSource.read();
        Reading { wall_micros: reading.wall_micros.saturating_add(self.step_micros()), ..reading }
    }

    fn boot(&self) -> Span {
        SystemSource.boot()
    }

    fn boot_id(&self) -> String {
        SystemSource.boot_id()
    }

    fn is_synchronised(&self) -> Option<bool> {
        SystemSource.is_synchronised()
    }

    fn sleep_until(&self, boot: Span) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        SystemSource.sleep_until(boot)
    }
}
