//! What was promised, restated naively from the words of the contract, and held against what happened.

use std::fmt;

use domain::time::Timestamp;

use crate::history::Happening;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The promise, in a few words that stay the same from run to run.
    pub law: &'static str,
    /// What was seen and what was promised.
    pub told: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.law, self.told)
    }
}

/// Hears all that happens, and says when a promise is broken.
#[derive(Debug, Default)]
pub struct Oracle {}

impl Oracle {
    /// Hears what happened at `at`; `Err` is the promise that this breaks.
    pub fn hear(&mut self, _at: Timestamp, _happening: &Happening) -> Result<(), Violation> {
        Ok(())
    }

    /// Says what is still owed at the end of a run, an hour or more after the faults stopped.
    pub fn close(&mut self, _at: Timestamp) -> Result<(), Violation> {
        Ok(())
    }
}
