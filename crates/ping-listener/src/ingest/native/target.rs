//! What the address of a ping says: which check, and what is told of it.

use std::borrow::Cow;

use uuid::Uuid;

/// What a path says as a ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// Which check pings.
    pub check: Named<'a>,
    /// What it tells.
    pub action: Action,
}

/// How a check is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// By its UUID.
    Uuid(Uuid),
    /// By a slug, with the key of all pings that are named so.
    Slug {
        /// What should be the ping key.
        ping_key: &'a str,
        /// What should be the slug; it may have capitals, which no slug has.
        slug: &'a str,
    },
}

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// All is well.
    Success,
    /// A run begins.
    Start,
    /// A run failed.
    Fail,
    /// Something to keep.
    Log,
    /// A run ended with this status; `None` if no run ends with such a number.
    ExitStatus(Option<u8>),
}

/// The base of addresses beside the root.
const BASE: &str = "ping";

impl<'a> Target<'a> {
    /// Reads a path, decoded; returns `None` if it is no ping's. At the root, first segments that are reserved are for
    /// others.
    #[must_use]
    pub fn read(path: &'a str, is_reserved: impl Fn(&str) -> bool) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        if first == BASE {
            Self::read_below_base(rest)
        } else if is_reserved(first) {
            None
        } else {
            Self::read_below_base(path)
        }
    }

    fn read_below_base(path: &'a str) -> Option<Self> {
        let mut segments = path.split('/');
        let (first, second) = (segments.next()?, segments.next());
        let (third, fourth) = (segments.next(), segments.next());
        if fourth.is_some() {
            return None;
        }
        if let (Some(uuid), None) = (lower_case_uuid(first), third)
            && let Some(action) = second.map_or(Some(Action::Success), action_of)
        {
            return Some(Self { check: Named::Uuid(uuid), action });
        }
        let (ping_key, slug) = (first, second?);
        let action = match third {
            None => Action::Success,
            Some("") => return None,
            Some(word) => action_of(word)?,
        };
        let check = Named::Slug { ping_key, slug };
        (is_word(ping_key) && is_word(slug)).then_some(Self { check, action })
    }
}

/// Decodes the path of a request.
#[must_use]
pub fn decoded(path: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(path).decode_utf8_lossy()
}

/// Reads what follows a check; nothing after a slash is a success.
fn action_of(word: &str) -> Option<Action> {
    match word {
        "" => Some(Action::Success),
        "start" => Some(Action::Start),
        "fail" => Some(Action::Fail),
        "log" => Some(Action::Log),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let significant = digits.trim_start_matches('0');
            let status = if significant.is_empty() { Some(0) } else { significant.parse().ok() };
            Some(Action::ExitStatus(status))
        }
        _ => None,
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn lower_case_uuid(text: &str) -> Option<Uuid> {
    let has_capitals = text.bytes().any(|byte| byte.is_ascii_uppercase());
    read_uuid(text).filter(|_| !has_capitals)
}

/// Reads a UUID with dashes, in letters of either case.
#[must_use]
pub fn read_uuid(text: &str) -> Option<Uuid> {
    /// Other ways to write one are refused: nobody else would know them.
    const LENGTH: usize = 36;
    if text.len() == LENGTH { Uuid::try_parse(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55";

    /// Reads a path below both bases, which is to say the same.
    fn read(path: &str) -> Option<(String, Action)> {
        let below = |base: &str| {
            let path = format!("{base}{path}");
            let target = Target::read(&path, |first| first == "api")?;
            let name = match target.check {
                Named::Uuid(uuid) => uuid.to_string(),
                Named::Slug { ping_key, slug } => format!("{ping_key} {slug}"),
            };
            Some((name, target.action))
        };
        let (base, root) = (below("/ping/"), below("/"));
        assert_eq!(base, root, "{path}");
        base
    }

    #[test]
    fn every_form_says_which_check_and_what_it_tells() {
        for (suffix, action) in [
            ("/start", Action::Start),
            ("/fail", Action::Fail),
            ("/log", Action::Log),
            ("/0", Action::ExitStatus(Some(0))),
            ("/007", Action::ExitStatus(Some(7))),
            ("/255", Action::ExitStatus(Some(255))),
            ("/256", Action::ExitStatus(None)),
            ("/99999999999999999999999999", Action::ExitStatus(None)),
            ("/0000000000000000000000000001", Action::ExitStatus(Some(1))),
        ] {
            assert_eq!(read(&format!("{UUID}{suffix}")), Some((UUID.to_owned(), action)), "{suffix}");
            assert_eq!(read(&format!("key/slug{suffix}")), Some(("key slug".to_owned(), action)), "{suffix}");
        }
        assert_eq!(read(UUID), Some((UUID.to_owned(), Action::Success)));
        assert_eq!(read("Key-_9/Slug-_9"), Some(("Key-_9 Slug-_9".to_owned(), Action::Success)));
    }

    #[test]
    fn one_slash_may_end_the_uuid_and_nothing_else() {
        assert_eq!(read(&format!("{UUID}/")), Some((UUID.to_owned(), Action::Success)));
        for path in ["key/slug/", "key/slug/start/", "key/slug/7/", "key//", "key/", "/slug"] {
            assert_eq!(read(path), None, "{path}");
        }
        for suffix in ["//", "/start/", "/7/", "/start/7"] {
            assert!(!matches!(read(&format!("{UUID}{suffix}")), Some((name, _)) if name == UUID), "{suffix}");
        }
    }

    #[test]
    fn what_follows_a_uuid_and_is_no_action_is_a_slug() {
        assert_eq!(read(&format!("{UUID}/other")), Some((format!("{UUID} other"), Action::Success)));
        assert_eq!(
            read(&format!("{UUID}/start/7")),
            Some((format!("{UUID} start"), Action::ExitStatus(Some(7))))
        );
        let upper = UUID.to_uppercase();
        assert_eq!(read(&upper), None);
        assert_eq!(read(&format!("{upper}/start")), Some((format!("{upper} start"), Action::Success)));
    }

    #[test]
    fn what_has_no_form_is_no_ping() {
        for path in
            ["", "checks", "a/b/other", "a/b/-1", "a/b/+1", "a/b/c/d", "a b/c", "a/b.c", "ā/b", "a/b/٣"]
        {
            assert_eq!(read(path), None, "{path:?}");
        }
        for short in ["7c1d4be052f34a869b0ed3a6f8e21c55", "{7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55}"] {
            assert_eq!(read(short), None, "{short}");
        }
    }

    #[test]
    fn our_own_addresses_win_at_the_root_and_are_keys_below_the_base() {
        let is_reserved = |first: &str| ["ping", "api"].contains(&first);
        assert_eq!(Target::read("/api/v3", is_reserved), None);
        assert!(Target::read("/ping/api/v3", is_reserved).is_some());
        assert!(Target::read("/ping/ping/ping", is_reserved).is_some());
        assert_eq!(Target::read("/ping", is_reserved), None);
        assert_eq!(Target::read("ping/a/b", is_reserved), None);
    }

    #[test]
    fn a_path_is_decoded_once() {
        assert_eq!(decoded("/ping/a%2Db/c"), "/ping/a-b/c");
        assert_eq!(decoded("/ping/a%252Db/c"), "/ping/a%2Db/c");
    }
}
