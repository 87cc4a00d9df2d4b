//! The environment: each variable is taken or refused, and no refusal shows a secret.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt as _;

use ping_listener::config::environment::Environment;

use crate::input::Input;

const NAMES: [&str; 17] = [
    "TESTING_PASSWORD",
    "TESTING_PASSWORD_FILE",
    "SMTP_SERVER",
    "SMTP_PORT",
    "SMTP_LOGIN",
    "SMTP_LOGIN_FILE",
    "SMTP_PASSWORD",
    "SMTP_PASSWORD_FILE",
    "SSL_CERT_FILE",
    "METRICS_TOKEN",
    "METRICS_TOKEN_FILE",
    "PING_LISTENER_API_KEY",
    "PING_LISTENER_API_KEY_FILE",
    "PING_LISTENER_API_KEY_READONLY",
    "PING_LISTENER_API_KEY_READONLY_FILE",
    "PING_LISTENER_PING_KEY",
    "PING_LISTENER_PING_KEY_FILE",
];

const SECRETS: [&str; 6] = [
    "TESTING_PASSWORD",
    "SMTP_PASSWORD",
    "METRICS_TOKEN",
    "PING_LISTENER_API_KEY",
    "PING_LISTENER_API_KEY_READONLY",
    "PING_LISTENER_PING_KEY",
];

/// Shorter texts may stand in a sentence by chance, and so may any without one of these signs.
const SECRET_BYTES_MIN: usize = 12;
const SECRET_SIGNS: &str = "~!#$^&*+=|?<>{}@%";

/// Reads lines as variables, each with a name by its first byte.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let mut variables = BTreeMap::new();
    while !input.is_empty() {
        let name = NAMES[usize::from(input.byte()) % NAMES.len()];
        variables.insert(name, input.line().to_vec());
    }
    let look_up = |name: &str| variables.get(name).map(|value| OsString::from_vec(value.clone()));
    let read_file = |path: &std::path::Path| match path.to_str() {
        Some("/key") => Ok("a-good-secret-of-some-length\n".to_owned()),
        Some("/lines") => Ok("two\nlines\n".to_owned()),
        Some("/long") => Ok("x".repeat(9_000)),
        Some(_) | None => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    let Err(sentences) = Environment::read(&look_up, &read_file) else { return };
    for sentence in &sentences {
        assert!(!sentence.is_empty() && !sentence.contains(char::is_control), "{sentence:?}");
        for name in SECRETS {
            let Some(secret) = variables.get(name).and_then(|value| std::str::from_utf8(value).ok()) else {
                continue;
            };
            let is_shown = is_secret(secret) && sentence.contains(secret);
            let stands_elsewhere = variables
                .iter()
                .any(|(other, value)| *other != name && String::from_utf8_lossy(value).contains(secret));
            assert!(!is_shown || stands_elsewhere, "{name} is in {sentence:?}");
        }
    }
}

fn is_secret(text: &str) -> bool {
    SECRET_BYTES_MIN <= text.len() && text.contains(|sign| SECRET_SIGNS.contains(sign))
}
