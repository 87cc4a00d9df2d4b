//! What is wrong with a config file, in words that say where and what to write instead.

use std::error::Error;
use std::fmt;

/// Every error of one config file, in file order.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigErrors {
    file_name: String,
    errors: Vec<ConfigError>,
    total: usize,
}

/// One error of a config file.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Line in the file, from 1.
    pub line: usize,
    /// Column in the line, in characters, from 1.
    pub column: usize,
    /// Path of the key, what was expected and what was found.
    pub message: String,
}

/// So many errors are printed: more than anybody mends in one go, and still a page.
pub const ERRORS_PRINTED_MAX: usize = 100;

/// So many errors and notices are kept; a generated file with one fault repeated a million times fills no memory.
const FINDINGS_KEPT_MAX: usize = 1_000;

/// A found value is shown up to here; it has to be recognised, not read.
const FOUND_CHARS_MAX: usize = 40;

/// A name in a path is shown up to here.
const SEGMENT_CHARS_MAX: usize = 64;

impl ConfigErrors {
    /// Returns the errors in file order; of a great many only the first.
    #[must_use]
    pub fn errors(&self) -> &[ConfigError] {
        &self.errors
    }

    /// Returns how many errors there are, those that are not kept included.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// Says where the first byte stands that is no UTF-8.
    pub(super) fn not_utf8(file_name: &str, bytes: &[u8], valid_up_to: usize) -> Self {
        let valid = String::from_utf8_lossy(bytes.get(..valid_up_to).unwrap_or_default());
        let mut findings = Findings::default();
        findings.error(valid.len(), KeyPath::ROOT, "expected UTF-8 text, found other bytes");
        findings.into_errors(file_name, &valid)
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for error in self.errors.iter().take(ERRORS_PRINTED_MAX) {
            writeln!(f, "{}:{}:{}: {}", self.file_name, error.line, error.column, error.message)?;
        }
        let printed = self.errors.len().min(ERRORS_PRINTED_MAX);
        if printed < self.total {
            writeln!(f, "and {} more", self.total - printed)?;
        }
        let noun = if self.total == 1 { "error" } else { "errors" };
        write!(f, "{} {noun} in {}", self.total, self.file_name)
    }
}

impl Error for ConfigErrors {}

/// What a reading came upon so far.
#[derive(Default)]
pub(super) struct Findings {
    errors: Vec<Finding>,
    errors_total: usize,
    notices: Vec<Finding>,
    notices_total: usize,
}

struct Finding {
    offset: usize,
    message: String,
}

impl Findings {
    pub(super) fn error(&mut self, offset: usize, path: KeyPath<'_>, message: impl fmt::Display) {
        self.errors_total += 1;
        if self.errors.len() < FINDINGS_KEPT_MAX {
            self.errors.push(Finding { offset, message: format!("{path}{message}") });
        }
    }

    pub(super) fn notice(&mut self, offset: usize, path: KeyPath<'_>, message: impl fmt::Display) {
        self.notices_total += 1;
        if self.notices.len() < ERRORS_PRINTED_MAX {
            self.notices.push(Finding { offset, message: format!("{path}{message}") });
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        0 < self.errors_total
    }

    /// Turns the errors into what is handed out; `text` tells line and column.
    pub(super) fn into_errors(self, file_name: &str, text: &str) -> ConfigErrors {
        ConfigErrors {
            file_name: file_name.to_owned(),
            errors: located(self.errors, text),
            total: self.errors_total,
        }
    }

    /// Turns the notices into lines to print.
    pub(super) fn into_notices(self, file_name: &str, text: &str) -> Vec<String> {
        let more = self.notices_total - self.notices.len();
        let mut lines: Vec<String> = located(self.notices, text)
            .iter()
            .map(|notice| format!("{file_name}:{}:{}: {}", notice.line, notice.column, notice.message))
            .collect();
        if 0 < more {
            lines.push(format!("{file_name}: and {more} more notices"));
        }
        lines
    }
}

/// Sorts findings by place and tells line and column of each, in one pass over the text.
fn located(mut findings: Vec<Finding>, text: &str) -> Vec<ConfigError> {
    findings.sort_by_key(|finding| finding.offset);
    let (mut offset, mut line, mut column) = (0, 1, 1);
    let locate = |finding: Finding| {
        for character in text.get(offset..finding.offset).unwrap_or_default().chars() {
            if character == '\n' {
                line += 1;
                column = 1;
            } else {
                column += 1;
            }
        }
        offset = finding.offset;
        ConfigError { line, column, message: finding.message }
    };
    findings.into_iter().map(locate).collect()
}

/// Where in the config a value stands; shown as `users.test.device_email[1]: `, the root as nothing.
#[derive(Clone, Copy)]
pub(super) struct KeyPath<'p> {
    pub(super) user: Option<&'p str>,
    pub(super) key: Option<&'p str>,
    pub(super) index: Option<usize>,
}

impl<'p> KeyPath<'p> {
    pub(super) const ROOT: Self = Self { user: None, key: None, index: None };

    /// Names the user called `name`.
    pub(super) fn user(name: &'p str) -> Self {
        Self { user: Some(name), ..Self::ROOT }
    }

    /// Names the key called `key` at this place.
    pub(super) fn key(self, key: &'p str) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Names an entry of the list at this place, from 0.
    pub(super) fn index(self, index: usize) -> Self {
        Self { index: Some(index), ..self }
    }
}

impl fmt::Display for KeyPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = self.user {
            write!(f, "users.{}", segment(user))?;
        }
        if let Some(key) = self.key {
            let dot = if self.user.is_some() { "." } else { "" };
            write!(f, "{dot}{}", segment(key))?;
        }
        if let Some(index) = self.index {
            write!(f, "[{index}]")?;
        }
        if self.user.is_some() || self.key.is_some() { f.write_str(": ") } else { Ok(()) }
    }
}

/// Shows a name in a path, in quotes unless it reads well without.
fn segment(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.len() <= SEGMENT_CHARS_MAX && name.bytes().all(is_plain) {
        return name.to_owned();
    }
    quoted_up_to(name, SEGMENT_CHARS_MAX)
}

/// Shows a text in quotes, with nothing in it that a terminal would obey, and cut when it is long.
pub(super) fn quoted(text: &str) -> String {
    quoted_up_to(text, FOUND_CHARS_MAX)
}

fn quoted_up_to(text: &str, chars_max: usize) -> String {
    let mut shown = String::from("\"");
    let mut characters = text.chars();
    for character in characters.by_ref().take(chars_max) {
        match character {
            '\'' => shown.push('\''),
            other => shown.extend(other.escape_debug()),
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown.push('"');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_stand_in_file_order_with_a_count_below() {
        let text = "ab\n\u{e4}\u{f6}x";
        let mut findings = Findings::default();
        findings.error(7, KeyPath::ROOT.key("late"), "second");
        findings.error(1, KeyPath::ROOT, "first");
        let shown = findings.into_errors("f", text).to_string();
        assert_eq!(shown, "f:1:2: first\nf:2:3: late: second\n2 errors in f");
    }

    #[test]
    fn a_flood_of_errors_is_cut_and_counted() {
        let mut findings = Findings::default();
        for _ in 0..1_500 {
            findings.error(0, KeyPath::ROOT, "x");
        }
        let errors = findings.into_errors("f", "");
        assert_eq!(errors.total(), 1_500);
        let shown = errors.to_string();
        assert_eq!(shown.lines().count(), ERRORS_PRINTED_MAX + 2);
        assert!(shown.ends_with("\nand 1400 more\n1500 errors in f"), "{shown}");
    }

    #[test]
    fn a_path_quotes_what_would_mislead() {
        let path = |user, key| KeyPath::user(user).key(key).to_string();
        assert_eq!(path("test", "max_sleep"), "users.test.max_sleep: ");
        assert_eq!(path("a.b", "\u{1b}[2J"), "users.\"a.b\".\"\\u{1b}[2J\": ");
        assert_eq!(KeyPath::ROOT.key("recipient").index(1).to_string(), "recipient[1]: ");
    }

    #[test]
    fn a_long_value_is_cut() {
        assert_eq!(quoted(&"a".repeat(40)), format!("\"{}\"", "a".repeat(40)));
        assert_eq!(quoted(&"a".repeat(41)), format!("\"{}…\"", "a".repeat(40)));
    }
}
