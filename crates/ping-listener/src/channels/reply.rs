//! What a mail server answers: lines with a code, read from bytes that come as they like.

use super::wire::Fault;

/// Longest line of a reply; RFC 5321 allows 512 bytes, and no server needs four times that.
const REPLY_LINE_BYTES_MAX: usize = 2_000;
/// Most lines in one reply; the longest lists of extensions have some thirty.
const REPLY_LINES_MAX: usize = 100;

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The three digits.
    pub code: u16,
    /// The texts behind them, a line each.
    pub lines: Vec<String>,
}

impl Reply {
    /// Returns the whole reply on one line.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{} {}", self.code, self.lines.join(" "))
    }
}

/// Reads one reply, beginning with what is unread; `more` fills a buffer with the next bytes and says how many.
pub fn read(
    unread: &mut Vec<u8>,
    mut more: impl FnMut(&mut [u8]) -> Result<usize, Fault>,
) -> Result<Reply, Fault> {
    let mut lines = Vec::new();
    let mut first_code = None;
    loop {
        let line = read_line(unread, &mut more)?;
        let (code, is_last, text) = parse_line(&line)?;
        if *first_code.get_or_insert(code) != code {
            return Err(Fault::Garbled("its lines have different codes"));
        }
        if lines.len() == REPLY_LINES_MAX {
            return Err(Fault::Garbled("it has more than 100 lines"));
        }
        lines.push(text);
        if is_last {
            return Ok(Reply { code, lines });
        }
    }
}

fn read_line(
    unread: &mut Vec<u8>,
    more: &mut impl FnMut(&mut [u8]) -> Result<usize, Fault>,
) -> Result<Vec<u8>, Fault> {
    loop {
        if let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
            let mut line: Vec<u8> = unread.drain(..=end).collect();
            line.truncate(line.trim_ascii_end().len());
            return if REPLY_LINE_BYTES_MAX < end {
                Err(Fault::Garbled("a line is too long"))
            } else {
                Ok(line)
            };
        }
        if REPLY_LINE_BYTES_MAX < unread.len() {
            return Err(Fault::Garbled("a line is too long"));
        }
        let mut some = [0; 1_024];
        let count = more(&mut some)?;
        if count == 0 {
            return Err(Fault::Closed);
        }
        unread.extend_from_slice(&some[..count]);
    }
}

fn parse_line(line: &[u8]) -> Result<(u16, bool, String), Fault> {
    let (digits, rest) = line.split_at_checked(3).ok_or(Fault::Garbled("a line has no code"))?;
    let code = std::str::from_utf8(digits)
        .ok()
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .filter(|code| (200..600).contains(code))
        .ok_or(Fault::Garbled("a line has no code"))?;
    match rest {
        [] => Ok((code, true, String::new())),
        [b' ', text @ ..] => Ok((code, true, String::from_utf8_lossy(text).into_owned())),
        [b'-', text @ ..] => Ok((code, false, String::from_utf8_lossy(text).into_owned())),
        [..] => Err(Fault::Garbled("a line has no code")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_line_is_a_code_and_a_text() {
        assert_eq!(parse_line(b"250 ok"), Ok((250, true, "ok".to_owned())));
        assert_eq!(parse_line(b"250-ok"), Ok((250, false, "ok".to_owned())));
        assert_eq!(parse_line(b"250"), Ok((250, true, String::new())));
        for line in [&b""[..], b"25", b"2 5 ok", b"250ok", b"999 ok", b"+OK ready", b"\xff\xff\xff"] {
            assert!(parse_line(line).is_err(), "{line:?}");
        }
    }
}
