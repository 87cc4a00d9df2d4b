//! Takes an input apart into what a target needs; what is cut off is nought or empty.

use std::borrow::Cow;

use http::header::{HeaderMap, HeaderName, HeaderValue};

/// An input that is being read.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        byte
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    pub(crate) fn number(&mut self) -> i64 {
        let mut bytes = [0; 8];
        for byte in &mut bytes {
            *byte = self.byte();
        }
        i64::from_le_bytes(bytes)
    }

    /// Returns what stands before the next line feed.
    pub(crate) fn line(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == b'\n').unwrap_or(self.0.len());
        let line = &self.0[..end];
        self.0 = self.0.get(end + 1..).unwrap_or_default();
        line
    }

    pub(crate) fn text(&mut self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.line())
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Reads lines as headers, each with one of these names by its first byte.
    pub(crate) fn headers(mut self, names: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        while !self.is_empty() {
            let name = names[usize::from(self.byte()) % names.len()];
            if let Ok(value) = HeaderValue::from_bytes(self.line()) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
        headers
    }
}
