//! The trace of a run: a number that stands for all that happened, and the last of it in words.

use std::collections::VecDeque;
use std::fmt;

/// Lines that are shown of a run that broke a promise.
const LINES_KEPT: usize = 30;

/// What happened in a run.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    hash: u64,
    last: VecDeque<String>,
    is_told: bool,
}

impl Trace {
    /// Begins a trace; `is_told` prints each line as it comes.
    #[must_use]
    pub(crate) fn new(is_told: bool) -> Self {
        Self { hash: 0xCBF2_9CE4_8422_2325, last: VecDeque::new(), is_told }
    }

    /// Adds a line.
    #[expect(clippy::print_stdout, reason = "whoever asks for each line wants to see it")]
    pub(crate) fn add(&mut self, line: fmt::Arguments<'_>) {
        let line = line.to_string();
        for chunk in line.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.hash =
                (self.hash ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(23);
        }
        if self.is_told {
            println!("{line}");
        }
        if LINES_KEPT <= self.last.len() {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }

    /// Returns the number that stands for the whole run.
    #[must_use]
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// Returns the last lines.
    pub(crate) fn last(&self) -> impl Iterator<Item = &str> {
        self.last.iter().map(String::as_str)
    }
}
