//! The config file: whatever it holds, it is taken whole and valid, or refused in words.

use std::collections::BTreeSet;
use std::io;

use ping_listener::config::parse_bytes;
use ping_listener::message::address::Address;
use serde_json::Value;

/// Reads the bytes as `config.json`, with a file of secrets beside it that holds a good one.
pub fn target(data: &[u8]) {
    let read_file = |path: &std::path::Path| match path.file_name() {
        Some(name) if name == "key" => Ok("a-good-secret-of-some-length\n".to_owned()),
        Some(_) | None => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    let first = parse_bytes("config.json", data, &read_file);
    match &first {
        Ok(config) => {
            let mut names = BTreeSet::new();
            for user in &config.users {
                assert!((1..=255).contains(&user.name.len()), "{:?}", user.name);
                assert!(!user.name.contains(char::is_control), "{:?}", user.name);
                assert!(names.insert(&user.name), "{:?} is there twice", user.name);
                assert!(
                    !(user.demand.policy.is_monitored && user.demand.recipients.is_empty()),
                    "{:?} has nobody to tell",
                    user.name
                );
                for recipient in user.demand.recipients.iter() {
                    assert!(Address::parse(recipient).is_ok(), "{recipient:?} is no address");
                }
            }
            assert!(1 <= config.digest_over && 1.0 <= config.history_days && 1.0 <= config.restart_tolerance);
            is_json_to_others(data);
        }
        Err(errors) => {
            let words = errors.to_string();
            assert!(
                !words.is_empty() && !words.contains(|sign: char| sign.is_control() && sign != '\n'),
                "{words:?}"
            );
        }
    }
    let again = parse_bytes("config.json", data, &read_file);
    assert_eq!(first.map_err(|errors| errors.to_string()), again.map_err(|errors| errors.to_string()));
}

/// What we take for JSON, another program takes for JSON; but for the mark that some editors put before it, and for
/// numbers out of its range, in notes.
fn is_json_to_others(data: &[u8]) {
    let data = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
    if let Err(error) = serde_json::from_slice::<Value>(data) {
        let words = error.to_string();
        assert!(words.contains("out of range"), "{words}");
    }
}
