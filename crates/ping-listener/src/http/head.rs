//! Looks over the raw heads of requests for what two servers in a row could read differently.
//!
//! The HTTP library takes a bare line feed for a line's end, and one of two lengths of a body for the right one. Each
//! is allowed, and each has let a request hide inside another one behind a proxy; here they are refused.

/// Follows the bytes of one connection from head to head.
#[derive(Debug, Default)]
pub struct Heads {
    /// The beginning of a head whose end has not come.
    partial: Vec<u8>,
    /// Bytes of a body that are still to come.
    body: u64,
    /// A body of unknown length came; the connection ends with its answer, and what follows is not looked at.
    is_lost: bool,
    ended: u32,
}

/// What is wrong with a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A line ends without a carriage return.
    BareLineFeed,
    /// Two lengths, or a length and a transfer encoding.
    AmbiguousLength,
}

enum Body {
    None,
    Length(u64),
    Unknown,
}

impl Heads {
    /// Takes the next bytes of the connection.
    pub fn read(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        while !bytes.is_empty() && !self.is_lost {
            if 0 < self.body {
                let taken = usize::try_from(self.body).unwrap_or(usize::MAX).min(bytes.len());
                self.body -= taken as u64;
                bytes = &bytes[taken..];
                continue;
            }
            bytes = self.read_head(bytes)?;
        }
        Ok(())
    }

    /// Tells whether a head has begun and not ended.
    #[must_use]
    pub fn is_inside_head(&self) -> bool {
        !self.partial.is_empty()
    }

    /// Tells whether the next byte begins a head, as far as anybody knows.
    #[must_use]
    pub fn is_between_requests(&self) -> bool {
        self.partial.is_empty() && self.body == 0 && !self.is_lost
    }

    /// Counts the heads that have ended; begins anew at 2^32.
    #[must_use]
    pub fn ended(&self) -> u32 {
        self.ended
    }

    /// Counts a head that somebody else has read.
    pub fn count_read(&mut self) {
        self.ended = self.ended.wrapping_add(1);
    }

    /// Tells whether the unfinished head has not even a whole first line.
    #[must_use]
    pub fn is_inside_first_line(&self) -> bool {
        !self.partial.is_empty() && !self.partial.contains(&b'\n')
    }

    /// Returns what follows the head.
    fn read_head<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], Fault> {
        let known = self.partial.len();
        if known == 0 {
            let Some(end) = head_end(bytes, 0)? else {
                self.partial.extend_from_slice(bytes);
                return Ok(&[]);
            };
            self.expect(&body_of(&bytes[..end])?);
            return Ok(&bytes[end..]);
        }
        self.partial.extend_from_slice(&bytes[..bytes.len().min(super::HEAD_BYTES_MAX)]);
        let Some(end) = head_end(&self.partial, known.saturating_sub(3))? else {
            // The HTTP library refuses a longer head; nothing more has to be kept of it.
            self.is_lost = super::HEAD_BYTES_MAX < self.partial.len();
            return Ok(&[]);
        };
        let body = body_of(&self.partial[..end])?;
        self.partial = Vec::new();
        self.expect(&body);
        Ok(&bytes[end - known..])
    }

    fn expect(&mut self, body: &Body) {
        self.count_read();
        match *body {
            Body::None => {}
            Body::Length(length) => self.body = length,
            Body::Unknown => self.is_lost = true,
        }
    }
}

/// Finds where a head ends, looking for line ends from `from` on.
fn head_end(bytes: &[u8], from: usize) -> Result<Option<usize>, Fault> {
    let mut at = from;
    while let Some(found) = bytes[at..].iter().position(|byte| *byte == b'\n') {
        let end = at + found;
        if end == 0 || bytes[end - 1] != b'\r' {
            return Err(Fault::BareLineFeed);
        }
        let is_blank = 3 <= end && bytes[end - 3..end] == *b"\r\n\r";
        // Empty lines before a request line are not its end.
        if is_blank && bytes[..end].iter().any(|byte| !b"\r\n".contains(byte)) {
            return Ok(Some(end + 1));
        }
        at = end + 1;
    }
    Ok(None)
}

fn body_of(head: &[u8]) -> Result<Body, Fault> {
    let mut length = None;
    let mut is_encoded = false;
    for line in head.split(|byte| *byte == b'\n') {
        if is_header(line, b"content-length") {
            if length.is_some() {
                return Err(Fault::AmbiguousLength);
            }
            let digits = line[b"content-length:".len()..].trim_ascii();
            length = Some(std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()));
        } else if is_header(line, b"transfer-encoding") {
            is_encoded = true;
        }
    }
    match (length, is_encoded) {
        (Some(_), true) => Err(Fault::AmbiguousLength),
        (None, true) | (Some(None), false) => Ok(Body::Unknown),
        (Some(Some(length)), false) => Ok(Body::Length(length)),
        (None, false) => Ok(Body::None),
    }
}

fn is_header(line: &[u8], name: &[u8]) -> bool {
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        && line.get(name.len()) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `text` whole, and again byte by byte.
    fn read(text: &str) -> Result<Heads, Fault> {
        let mut whole = Heads::default();
        let result = whole.read(text.as_bytes());
        let mut slow = Heads::default();
        let slow_result = text.as_bytes().iter().try_for_each(|byte| slow.read(&[*byte]));
        assert_eq!(result, slow_result, "{text:?}");
        result?;
        assert_eq!(whole.is_inside_head(), slow.is_inside_head(), "{text:?}");
        Ok(whole)
    }

    #[test]
    fn plain_requests_pass_one_after_the_other() {
        let heads = read("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n\r\n").unwrap();
        assert!(!heads.is_inside_head());
    }

    #[test]
    fn a_bare_line_feed_in_a_head_is_a_fault_and_in_a_body_is_not() {
        assert_eq!(read("GET / HTTP/1.1\nHost: x\n\n").unwrap_err(), Fault::BareLineFeed);
        assert_eq!(read("GET / HTTP/1.1\r\nHost: x\r\n\n").unwrap_err(), Fault::BareLineFeed);
        let body = "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\na\nb\ncGET / HTTP/1.1\r\n\r\n";
        assert!(!read(body).unwrap().is_inside_head());
    }

    #[test]
    fn a_fault_in_a_request_behind_another_one_is_seen() {
        let text = "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\nHost: x\n\n";
        assert_eq!(read(text).unwrap_err(), Fault::BareLineFeed);
    }

    #[test]
    fn two_lengths_are_a_fault() {
        let with = |headers: &str| read(&format!("POST / HTTP/1.1\r\n{headers}\r\n"));
        assert!(with("content-length: 0\r\n").is_ok());
        assert!(with("Transfer-Encoding: chunked\r\n").is_ok());
        for headers in [
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\ncontent-length: 5\r\n",
        ] {
            assert_eq!(with(headers).unwrap_err(), Fault::AmbiguousLength);
        }
    }

    #[test]
    fn an_unfinished_head_is_known_as_one() {
        assert!(read("GET / HT").unwrap().is_inside_first_line());
        let heads = read("GET / HTTP/1.1\r\nHo").unwrap();
        assert!(heads.is_inside_head() && !heads.is_inside_first_line());
        assert!(!read("").unwrap().is_inside_head());
    }

    #[test]
    fn an_endless_head_is_not_kept() {
        let mut heads = Heads::default();
        for _ in 0..100 {
            heads.read(&[b'a'; 8_192]).unwrap();
        }
        assert!(heads.partial.len() <= 3 * super::super::HEAD_BYTES_MAX);
    }
}
