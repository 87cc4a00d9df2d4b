//! What is wrong with a schedule: what was expected, what was found, and where.

use std::fmt;

/// No more of what was found is shown, so that a long mistake makes no long message.
const SHOWN_MAX: usize = 30;

/// Why a text is no schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What would have been right.
    pub expected: String,
    /// What stands there; empty if nothing does.
    pub found: String,
    /// Bytes of the text before it.
    pub at: usize,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found ", self.expected)?;
        if self.found.is_empty() {
            return write!(f, "nothing");
        }
        let shown: String = self.found.chars().take(SHOWN_MAX).collect();
        let rest = if shown.len() < self.found.len() { "…" } else { "" };
        write!(f, "{shown:?}{rest}")
    }
}

impl std::error::Error for Mistake {}

/// A part of a schedule, which knows where it stands in the whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    at: usize,
}

impl<'a> Part<'a> {
    pub(super) fn whole(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn wrong(self, expected: impl Into<String>) -> Mistake {
        Mistake { expected: expected.into(), found: self.text.to_owned(), at: self.at }
    }

    /// Returns the part between two of its bytes.
    pub(super) fn slice(self, from: usize, until: usize) -> Self {
        Self { text: &self.text[from..until], at: self.at + from }
    }

    pub(super) fn trim(self) -> Self {
        let from = self.text.len() - self.text.trim_start().len();
        self.slice(from, from + self.text.trim().len())
    }

    /// Splits at every such sign; there is always at least one part.
    pub(super) fn split(self, sign: char) -> impl Iterator<Item = Self> {
        let mut from = 0;
        self.text.split(sign).map(move |piece| {
            let part = self.slice(from, from + piece.len());
            from += piece.len() + sign.len_utf8();
            part
        })
    }

    pub(super) fn split_once(self, mark: &str) -> Option<(Self, Self)> {
        let at = self.text.find(mark)?;
        Some((self.slice(0, at), self.slice(at + mark.len(), self.text.len())))
    }

    /// Splits a step off; `None` if there is none.
    pub(super) fn take_step(self) -> Result<(Self, Option<u32>), Mistake> {
        let Some((range, step)) = self.split_once("/") else { return Ok((self, None)) };
        match step.number() {
            Some(number) if 0 < number => Ok((range, Some(number))),
            Some(_) | None => Err(step.wrong("a step of 1 or more")),
        }
    }

    /// Splits at blanks; there may be no word at all.
    pub(super) fn words(self) -> Vec<Self> {
        let start = self.text.as_ptr() as usize;
        let place = |word: &str| word.as_ptr() as usize - start;
        self.text.split_whitespace().map(|word| self.slice(place(word), place(word) + word.len())).collect()
    }

    /// Reads it as a whole number, a huge one as the largest there is; `None` if it has any other sign than digits.
    pub(super) fn number(self) -> Option<u32> {
        let is_number = !self.text.is_empty() && self.text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| self.text.parse().unwrap_or(u32::MAX))
    }
}
