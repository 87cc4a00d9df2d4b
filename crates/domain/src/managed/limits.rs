//! How much may be asked of a managed check: the same over the API and on the pages.

/// Signs that a name, a slug or a schedule may have.
pub const TEXT_MAX: usize = 100;

/// Signs that a list of keywords may have.
pub const KEYWORDS_MAX: usize = 200;

/// Signs that all tags together may have: what a column of tags holds elsewhere.
pub const TAGS_MAX: usize = 500;

/// The shortest period and the shortest limit of a run, in seconds.
pub const SECONDS_MIN: u64 = 1;

/// The longest of all lengths, in seconds: a year.
pub const SECONDS_MAX: u64 = 31_536_000;

/// Tells whether a text is no longer than `most` signs.
#[must_use]
pub fn fits(text: &str, most: usize) -> bool {
    text.chars().count() <= most
}

/// Tells whether a text has only signs that a slug may have.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let is_sign = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || b"_-".contains(&sign);
    text.bytes().all(is_sign)
}
