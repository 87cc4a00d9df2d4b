//! What stands behind the question mark of a ping.

use std::borrow::Cow;

/// A value is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUtf8;

/// Returns the first value of a query parameter, decoded, or `None` if there is none of that name.
#[must_use]
pub fn parameter<'a>(query: &'a str, wanted: &str) -> Option<Result<Cow<'a, str>, NotUtf8>> {
    values(query, wanted).next()
}

/// Returns the last value of a query parameter, decoded, or `None` if there is none of that name.
#[must_use]
pub fn last_parameter<'a>(query: &'a str, wanted: &str) -> Option<Result<Cow<'a, str>, NotUtf8>> {
    values(query, wanted).next_back()
}

fn values<'a>(
    query: &'a str,
    wanted: &str,
) -> impl DoubleEndedIterator<Item = Result<Cow<'a, str>, NotUtf8>> {
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(move |(name, _)| *name == wanted)
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
    fn the_last_of_repeated_values_counts_where_it_is_asked_for() {
        let last = |query| last_parameter(query, "rid").map(|value| value.map(Cow::into_owned));
        assert_eq!(last("rid=a&rid=b%2D&create=1"), Some(Ok("b-".into())));
        assert_eq!(last("rid=a&rid"), Some(Ok(String::new())));
        assert_eq!(last("Rid=a"), None);
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
