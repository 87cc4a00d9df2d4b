//! What stands behind the question mark of a ping.

use std::borrow::Cow;

/// A value is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUtf8;

/// Returns the first value of a query parameter, decoded, or `None` if there is none of that name.
#[must_use]
pub fn parameter<'a>(query: &'a str, wanted: &str) -> Option<Result<Cow<'a, str>, NotUtf8>> {
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| decode(value))
}

/// Decodes a query value: `+` is a space, and a percent sign begins a byte in hexadecimal.
fn decode(value: &str) -> Result<Cow<'_, str>, NotUtf8> {
    if !value.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Ok(Cow::Borrowed(value));
    }
    let spaced = value.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8().map_err(|_| NotUtf8)?;
    Ok(Cow::Owned(decoded.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn username(query: &str) -> Option<Result<String, NotUtf8>> {
        parameter(query, "username").map(|value| value.map(Cow::into_owned))
    }

    #[test]
    fn the_first_username_counts_decoded() {
        assert_eq!(username("username=test"), Some(Ok("test".into())));
        assert_eq!(username("a=b&username=one&username=two"), Some(Ok("one".into())));
        assert_eq!(username("username=a+b%2Bc%20d"), Some(Ok("a b+c d".into())));
        assert_eq!(username("username=%F0%9F%8C%B1"), Some(Ok("🌱".into())));
        assert_eq!(username("username=%ff"), Some(Err(NotUtf8)));
        assert_eq!(username("username"), Some(Ok(String::new())));
        assert_eq!(username("user=x"), None);
    }
}
