//! What nobody may read in a log, a page or an error: tokens, passwords and the keys of pings.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A secret is a line, not a book; a larger file was named by mistake.
const FILE_BYTES_MAX: u64 = 65_536;

/// A text that is shown nowhere; it can be compared, or revealed where it is put to use.
#[derive(Clone)]
pub struct Secret(Box<str>);

impl Secret {
    /// Keeps a text secret.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// Returns the text, for the one place that puts it to use.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Tells whether `presented` is this secret, in a time that does not depend on how much of it is right.
    #[must_use]
    pub fn matches(&self, presented: &[u8]) -> bool {
        KeyDigest::of(self.0.as_bytes()).matches(presented)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other.0.as_bytes())
    }
}

impl Eq for Secret {}

/// The SHA-256 of a key: enough to check one that is presented, and nothing to steal.
#[derive(Clone, Copy)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// Returns the digest's bytes, to be kept in place of the key.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// Digests a key.
    #[must_use]
    pub fn of(key: &[u8]) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// Tells whether `presented` is the key, in a time that does not depend on how much of it is right.
    #[must_use]
    pub fn matches(&self, presented: &[u8]) -> bool {
        *self == Self::of(presented)
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest")
    }
}

impl PartialEq for KeyDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for KeyDigest {}

/// Reads a file that holds a secret.
///
/// Fails when it cannot be read, is no UTF-8, or is larger than 64 KiB.
pub fn read_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if FILE_BYTES_MAX < text.len() as u64 {
        return Err(io::Error::other("it is larger than 64 KiB"));
    }
    Ok(text)
}

/// Cuts the one line end that editors and `echo` leave behind.
pub(super) fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_matches_itself_alone_and_shows_nothing() {
        let secret = Secret::new("correct horse");
        assert!(secret.matches(b"correct horse"));
        assert!(!secret.matches(b"correct horsf"));
        assert!(!secret.matches(b""));
        assert_eq!(format!("{secret:?} {:?}", KeyDigest::of(b"x")), "Secret KeyDigest");
        assert!(KeyDigest::of(b"key").matches(b"key"));
        assert!(!KeyDigest::of(b"key").matches(b"Key"));
    }

    #[test]
    fn one_line_end_is_cut_and_no_more() {
        assert_eq!(without_line_end("a\n"), "a");
        assert_eq!(without_line_end("a\r\n"), "a");
        assert_eq!(without_line_end("a \n\n"), "a \n");
        assert_eq!(without_line_end("a"), "a");
    }

    #[test]
    fn a_file_that_is_no_secret_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        std::fs::write(&path, "x".repeat(65_537)).unwrap();
        assert_eq!(read_file(&path).unwrap_err().to_string(), "it is larger than 64 KiB");
        std::fs::write(&path, "token\n").unwrap();
        assert_eq!(read_file(&path).unwrap(), "token\n");
        assert!(read_file(&folder.path().join("absent")).is_err());
    }
}
