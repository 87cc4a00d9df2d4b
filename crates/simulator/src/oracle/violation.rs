//! A promise that was broken, as it is told to whoever runs the simulator.

use std::fmt;

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

/// Says that `law` is broken.
pub(super) fn broken<T>(law: &'static str, told: String) -> Result<T, Violation> {
    Err(Violation { law, told })
}
