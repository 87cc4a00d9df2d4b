//! When a run is taken for one that never ends, and how that is said.

use std::panic::resume_unwind;

use crate::oracle::violation::Violation;

/// What may happen in a run: ten times what did in the longest of a thousand.
const EVENTS_MAX: u64 = 3_000_000;

/// How often tasks may go on in a run, by the same measure.
const TURNS_MAX: u64 = 30_000_000;

/// How often somebody who sleeps may be awake at once without any time passing.
const NAPS_MAX: u64 = 1_000_000;

/// What unwinds when a promise was broken where nobody can be told of it.
pub(crate) struct Broken(pub(crate) Violation);

/// What a run has used up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub(crate) events: u64,
    pub(crate) turns: u64,
}

impl Spent {
    /// Says when that is too much.
    pub(crate) fn judge(self) -> Result<(), Violation> {
        if self.events <= EVENTS_MAX && self.turns <= TURNS_MAX {
            return Ok(());
        }
        Err(endless(format!("{self:?}")))
    }
}

/// Ends the run when somebody naps for ever.
pub(crate) fn judge_naps(naps: u64) {
    if NAPS_MAX < naps {
        resume_unwind(Box::new(Broken(endless(format!("{naps} sleeps were over at once, in one instant")))));
    }
}

fn endless(told: String) -> Violation {
    Violation { law: "a run comes to its end", told }
}
