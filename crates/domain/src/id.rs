//! Identities: parsed once, valid for ever.

use std::fmt;

/// Names one check for as long as its history lives; also its place in the store's memory.
///
/// Checks of the config are counted from 1, those made over the API from 1 in the upper half of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckId(u32);

impl CheckId {
    /// Names the check with this number, counted from 1.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Returns the place of a declared check in a list in which check 1 stands first.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize - 1
    }

    /// Names the managed check with this index, counted from 1.
    #[must_use]
    pub const fn managed(index: u32) -> Self {
        Self(index | MANAGED)
    }

    /// Tells whether the check was made over the API, and not by the config.
    #[must_use]
    pub const fn is_managed(self) -> bool {
        self.0 & MANAGED != 0
    }

    /// Returns the index of a managed check, counted from 1, or `None` if the config declares it.
    #[must_use]
    pub const fn managed_index(self) -> Option<u32> {
        if self.is_managed() { Some(self.0 & !MANAGED) } else { None }
    }
}

/// What tells a managed check's number from a declared one's.
const MANAGED: u32 = 1 << 31;

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
