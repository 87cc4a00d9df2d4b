//! Strict JSON, a value at a time: a config of a million users is never in memory as a tree.

use std::borrow::Cow;
use std::fmt;

use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::tokens::Token;
use jsonc_parser::{Scanner, ScannerOptions};

use super::error::quoted;

/// So deep lists and objects may nest; a config needs four levels, and notes may have a few more.
const DEPTH_MAX: usize = 64;

/// Reads a JSON text from its beginning to its end.
pub(super) struct Reader<'a> {
    text: &'a str,
    scanner: Scanner<'a>,
    line: u32,
    end: usize,
}

/// The text is no JSON, and reading cannot go on.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) offset: usize,
    pub(super) message: String,
}

/// A value and where it begins.
pub(super) struct Item<'a> {
    pub(super) offset: usize,
    pub(super) value: Value<'a>,
}

/// A value as it was written; an object is only known to be one, its content having been read over.
pub(super) enum Value<'a> {
    Null,
    Boolean(bool),
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Item<'a>>),
    Object,
}

/// A key of an object and where it stands.
pub(super) struct Key<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) offset: usize,
    pub(super) line: u32,
}

/// What [`Reader::enter_object`] came upon.
pub(super) enum Entered<'a> {
    /// An object, to be read on with [`Reader::next_key`].
    Object(OpenObject),
    /// Something else, which has been read.
    Other(Item<'a>),
}

/// An object that is being read.
pub(super) struct OpenObject {
    pub(super) offset: usize,
    has_members: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let options = ScannerOptions {
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            // Refused later, as a number out of range, so that the other errors of the file are found too.
            allow_non_finite_numbers: true,
            allow_extended_string_escapes: false,
        };
        Self { text, scanner: Scanner::new(text, &options), line: 1, end: 0 }
    }

    /// Returns the length of the text in bytes.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Reads a value when it is no object, and steps into it when it is one.
    pub(super) fn enter_object(&mut self) -> Result<Entered<'a>, SyntaxError> {
        let token = self.token("a value")?;
        if token == Token::OpenBrace {
            return Ok(Entered::Object(OpenObject { offset: self.offset(), has_members: false }));
        }
        Ok(Entered::Other(self.finish_value(token, 0)?))
    }

    /// Reads the next key of an object and its colon, or the end of the object as `None`.
    ///
    /// Each key has to be followed by reading its value.
    pub(super) fn next_key(&mut self, object: &mut OpenObject) -> Result<Option<Key<'a>>, SyntaxError> {
        let mut token = self.token("a key in double quotes, or }")?;
        if token == Token::CloseBrace {
            return Ok(None);
        }
        if object.has_members {
            let comma = self.offset();
            if token != Token::Comma {
                return Err(self.unexpected("a comma or }", &token));
            }
            token = self.token("a key in double quotes")?;
            if token == Token::CloseBrace {
                return Err(SyntaxError::new(comma, "expected no comma before }"));
            }
        }
        object.has_members = true;
        let (offset, line) = (self.offset(), self.line);
        let Token::String(name) = token else {
            return Err(self.unexpected("a key in double quotes", &token));
        };
        let colon = self.token("a colon")?;
        if colon != Token::Colon {
            return Err(self.unexpected("a colon", &colon));
        }
        Ok(Some(Key { name, offset, line }))
    }

    /// Reads one value.
    pub(super) fn value(&mut self) -> Result<Item<'a>, SyntaxError> {
        self.value_at(0)
    }

    /// Makes sure that nothing follows.
    pub(super) fn end(&mut self) -> Result<(), SyntaxError> {
        match self.token_or_end()? {
            None => Ok(()),
            Some(token) => Err(self.unexpected("the end of the file", &token)),
        }
    }

    fn value_at(&mut self, depth: usize) -> Result<Item<'a>, SyntaxError> {
        let token = self.token("a value")?;
        self.finish_value(token, depth)
    }

    fn finish_value(&mut self, token: Token<'a>, depth: usize) -> Result<Item<'a>, SyntaxError> {
        let offset = self.offset();
        let value = match token {
            Token::Null => Value::Null,
            Token::Boolean(value) => Value::Boolean(value),
            Token::Number(text) => Value::Number(text),
            Token::String(text) => Value::Text(text),
            Token::OpenBracket | Token::OpenBrace if depth == DEPTH_MAX => {
                return Err(SyntaxError::new(offset, format!("expected at most {DEPTH_MAX} levels")));
            }
            Token::OpenBracket => Value::List(self.list(depth + 1)?),
            Token::OpenBrace => {
                let mut object = OpenObject { offset, has_members: false };
                while self.next_key(&mut object)?.is_some() {
                    self.value_at(depth + 1)?;
                }
                Value::Object
            }
            Token::CloseBrace
            | Token::CloseBracket
            | Token::Comma
            | Token::Colon
            | Token::Word(_)
            | Token::CommentLine(_)
            | Token::CommentBlock(_) => return Err(self.unexpected("a value", &token)),
        };
        Ok(Item { offset, value })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Item<'a>>, SyntaxError> {
        let mut items = Vec::new();
        let mut token = self.token("a value or ]")?;
        if token == Token::CloseBracket {
            return Ok(items);
        }
        loop {
            items.push(self.finish_value(token, depth)?);
            token = self.token("a comma or ]")?;
            if token == Token::CloseBracket {
                return Ok(items);
            }
            if token != Token::Comma {
                return Err(self.unexpected("a comma or ]", &token));
            }
            let comma = self.offset();
            token = self.token("a value")?;
            if token == Token::CloseBracket {
                return Err(SyntaxError::new(comma, "expected no comma before ]"));
            }
        }
    }

    fn token(&mut self, expected: &str) -> Result<Token<'a>, SyntaxError> {
        let token = self.token_or_end()?;
        token.ok_or_else(|| {
            SyntaxError::new(self.text.len(), format!("expected {expected}, found the end of the file"))
        })
    }

    fn token_or_end(&mut self) -> Result<Option<Token<'a>>, SyntaxError> {
        let scanned = self.scanner.scan();
        let start = self.scanner.token_start();
        self.check_space(start)?;
        let token = scanned.map_err(|error| self.syntax_error(&error))?;
        self.end = self.scanner.token_end();
        if let Some(Token::String(_)) = &token {
            self.check_string(start)?;
        }
        Ok(token)
    }

    /// Counts lines, which end nowhere but between tokens, and refuses what only the scanner takes for white space.
    fn check_space(&mut self, start: usize) -> Result<(), SyntaxError> {
        let space = self.text.as_bytes().get(self.end..start).unwrap_or_default();
        for (index, byte) in space.iter().enumerate() {
            match byte {
                b'\n' => self.line += 1,
                b' ' | b'\t' | b'\r' => {}
                _ => {
                    let message = "expected JSON, found white space that JSON does not know";
                    return Err(SyntaxError::new(self.end + index, message));
                }
            }
        }
        Ok(())
    }

    fn check_string(&self, start: usize) -> Result<(), SyntaxError> {
        let raw = self.text.as_bytes().get(start..self.end).unwrap_or_default();
        match raw.iter().find(|byte| **byte < b' ') {
            None => Ok(()),
            // Most likely the quote is missing on this line, and the string ends at the next key's.
            Some(b'\n' | b'\r') => Err(SyntaxError::new(start, "expected a closing quote on the same line")),
            Some(_) => Err(SyntaxError::new(start, "expected control characters in a string as \\u escapes")),
        }
    }

    fn unexpected(&self, expected: &str, token: &Token<'_>) -> SyntaxError {
        // What stands there is not shown: it may be a secret whose quotes were forgotten.
        let found = match token {
            Token::OpenBrace => "{",
            Token::CloseBrace => "}",
            Token::OpenBracket => "[",
            Token::CloseBracket => "]",
            Token::Comma => "a comma",
            Token::Colon => "a colon",
            Token::String(_) => "a string",
            Token::Number(_) => "a number",
            Token::Boolean(_) => "true or false",
            Token::Null => "null",
            Token::Word(_) => "a word without double quotes",
            Token::CommentLine(_) | Token::CommentBlock(_) => {
                "a comment; write it as a key that begins with \"_\""
            }
        };
        SyntaxError::new(self.offset(), format!("expected {expected}, found {found}"))
    }

    fn syntax_error(&self, error: &ParseError) -> SyntaxError {
        let offset = error.range().start;
        let is_word = self.text.get(offset..).unwrap_or_default().starts_with(char::is_alphabetic);
        #[expect(clippy::wildcard_enum_match_arm, reason = "the scanner alone makes no other kind")]
        let message = match error.kind() {
            ParseErrorKind::BareDecimalPointNumbersNotAllowed => {
                "expected digits on both sides of the decimal point"
            }
            ParseErrorKind::HexadecimalNumbersNotAllowed => "expected a decimal number",
            ParseErrorKind::UnaryPlusNumbersNotAllowed => "expected a number without a plus sign",
            ParseErrorKind::ExpectedDigit
            | ParseErrorKind::ExpectedDigitFollowingNegativeSign
            | ParseErrorKind::ExpectedPlusMinusOrDigitInNumberLiteral => "expected a digit",
            ParseErrorKind::SingleQuotedStringsNotAllowed => "expected double quotes, found a single one",
            ParseErrorKind::UnterminatedCommentBlock => "expected JSON, found a comment",
            ParseErrorKind::String(_) => "expected a closing quote and escapes that JSON knows",
            _ if is_word => "expected JSON, found a word without double quotes",
            _ => "expected JSON, found a character that means nothing here",
        };
        SyntaxError::new(offset, message)
    }

    fn offset(&self) -> usize {
        self.scanner.token_start()
    }
}

impl SyntaxError {
    fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into() }
    }
}

/// Shows a value as the end of the sentence "expected …, found …".
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(text) => match text.char_indices().nth(NUMBER_CHARS_MAX) {
                Some((end, _)) => write!(f, "{}…", &text[..end]),
                None => f.write_str(text),
            },
            Self::Text(text) if text.is_empty() => f.write_str("the empty string"),
            Self::Text(text) => write!(f, "the string {}", quoted(text)),
            Self::List(items) if items.is_empty() => f.write_str("an empty list"),
            Self::List(_) => f.write_str("a list"),
            Self::Object => f.write_str("an object"),
        }
    }
}

/// A number that was found is shown up to here.
const NUMBER_CHARS_MAX: usize = 40;

impl<'a> Value<'a> {
    /// Returns the text of a string.
    pub(super) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Returns a number as it was written.
    pub(super) fn as_number(&self) -> Option<&'a str> {
        if let Self::Number(text) = self { Some(text) } else { None }
    }

    /// Names the kind of value without showing it: for secrets.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object => "an object",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        let mut reader = Reader::new(text);
        let read = reader.value().and_then(|_| reader.end());
        read.err().map_or_else(|| "none".to_owned(), |error| format!("{}: {}", error.offset, error.message))
    }

    #[test]
    fn json_is_taken_as_the_standard_has_it() {
        for text in ["{}", " [1, -0.5e+3, \"\\u00e4\\n\", null, true, {\"a\": [{}]}] \r\n", "\"x\""] {
            assert_eq!(fault(text), "none", "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused_with_the_reason() {
        let faults = [
            ("", "0: expected a value, found the end of the file"),
            ("{", "1: expected a key in double quotes, or }, found the end of the file"),
            ("{\"a\": 1,}", "7: expected no comma before }"),
            ("[1,]", "2: expected no comma before ]"),
            ("[1 2]", "3: expected a comma or ], found a number"),
            ("{\"a\": 1 \"b\": 2}", "8: expected a comma or }, found a string"),
            ("{a: 1}", "1: expected a key in double quotes, found a word without double quotes"),
            ("{'a': 1}", "1: expected double quotes, found a single one"),
            ("{\"a\" 1}", "5: expected a colon, found a number"),
            ("[True ]", "1: expected a value, found a word without double quotes"),
            ("[True]", "1: expected JSON, found a word without double quotes"),
            ("[+1]", "1: expected a number without a plus sign"),
            ("[.5]", "1: expected digits on both sides of the decimal point"),
            ("[5.]", "1: expected digits on both sides of the decimal point"),
            ("[0x1]", "1: expected a decimal number"),
            ("[01]", "2: expected a comma or ], found a number"),
            ("[1] 2", "4: expected the end of the file, found a number"),
            ("// x\n1", "0: expected a value, found a comment; write it as a key that begins with \"_\""),
            ("[\"a\n\"]", "1: expected a closing quote on the same line"),
            ("[\"a\tb\"]", "1: expected control characters in a string as \\u escapes"),
            ("[\"\\x41\"]", "2: expected a closing quote and escapes that JSON knows"),
            ("[\"\\ud800\"]", "2: expected a closing quote and escapes that JSON knows"),
            ("[\u{a0}1]", "1: expected JSON, found white space that JSON does not know"),
            ("[@]", "1: expected JSON, found a character that means nothing here"),
        ];
        for (text, expected) in faults {
            assert_eq!(fault(text), expected, "{text}");
        }
    }

    #[test]
    fn a_value_nested_too_deep_is_refused() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(fault(&nested(DEPTH_MAX)), "none");
        assert_eq!(fault(&nested(DEPTH_MAX + 1)), "64: expected at most 64 levels");
        assert_eq!(fault(&"[{\"a\":".repeat(100_000)), "192: expected at most 64 levels");
    }
}
