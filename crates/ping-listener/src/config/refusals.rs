//! Configs that are bad, and what a person gets to read about them.

use std::fmt::Write;
use std::io;
use std::path::Path;

use proptest::prelude::*;

use super::golden::{read, server, user};
use super::parse_bytes;

#[test]
fn every_error_of_a_file_is_told_in_one_run() {
    let text = r#"{
  "base_frequency": -1,
  "recipient": "nobody",
  "users": {
    "test": {
      "monitor": "yes",
      "max_sleep": "soon",
      "email_frequency": 1,
      "max_slep": 3
    },
    "müll.eimer": { "monitor": true, "max_sleep": NaN },
    "test": { "monitor": false, "max_sleep": 1, "email_frequency": 1 }
  }
  "colour": "red"
}"#;
    let expected = r#"etc/config.json:2:21: base_frequency: expected a number of seconds from 0 to 315360000, found -1
etc/config.json:3:16: recipient: expected a mail address such as "name@example.org", found the string "nobody"
etc/config.json:6:18: users.test.monitor: expected true or false, found the string "yes"
etc/config.json:7:20: users.test.max_sleep: expected a number of seconds from 0 to 315360000, found the string "soon"
etc/config.json:9:7: users.test.max_slep: unknown key; did you mean "max_sleep"?
etc/config.json:11:5: users."müll.eimer".email_frequency: expected a number of seconds from 0 to 315360000, found nothing; the key is required
etc/config.json:11:51: users."müll.eimer".max_sleep: expected a number of seconds from 0 to 315360000, found NaN
etc/config.json:12:5: users.test: given twice, on line 5 and on line 12
etc/config.json:14:3: expected a comma or }, found a string
9 errors in etc/config.json"#;
    assert_eq!(read(text).unwrap_err().to_string(), expected);
}

#[test]
fn the_form_of_the_file_is_checked_first() {
    let cases = [
        ("", "1:1: expected a value, found the end of the file"),
        ("[]", "1:1: expected an object with the key \"users\", found an empty list"),
        (
            "{}",
            "1:1: users: expected an object of user names and their settings, found nothing; the key is required",
        ),
        (
            r#"{"users": []}"#,
            "1:11: users: expected an object of user names and their settings, found an empty list",
        ),
        (r#"{"users": {"u": 1}}"#, "1:17: users.u: expected an object with the keys of a user, found 1"),
        (
            r#"{"users": {"": {"monitor": false, "max_sleep": 1, "email_frequency": 1}}}"#,
            r#"1:12: users."": expected a name of 1 to 255 bytes without control characters, found the empty string"#,
        ),
        (
            r#"{"users": {"a\u0000b": {"monitor": false, "max_sleep": 1, "email_frequency": 1}}}"#,
            r#"1:12: users."a\0b": expected a name of 1 to 255 bytes without control characters, found a control character"#,
        ),
        (r#"{"users": {}, "users": {}}"#, "1:15: users: given twice, on line 1 and on line 1"),
        (r#"{"users": {}, "max_sleep": 1}"#, "1:15: max_sleep: unknown key here; it belongs to a user"),
        (r#"{"users": {}, "public-url": 1}"#, "1:15: public-url: unknown key; did you mean \"public_url\"?"),
        (r#"{"users": {}, "colour": 1}"#, "1:15: colour: unknown key"),
        ("{\"users\": {}}\n{", "2:1: expected the end of the file, found {"),
        (
            "{\"users\": {\"u\": {\"ping_key\": hunter2}}}",
            "1:30: expected JSON, found a word without double quotes",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(text), [expected], "{text}");
    }
    let name = "n".repeat(256);
    let text = user("\"ping_key\": \"12345678\"").replace("\"u\"", &format!("\"{name}\""));
    let expected = format!(
        "1:12: users.\"{}…\": expected a name of 1 to 255 bytes without control characters, found 256 bytes",
        "n".repeat(64)
    );
    assert_eq!(errors(&text), [expected]);
}

/// What a key is given, and what is expected instead; with what is said to be found.
type Refusal = (&'static str, &'static str, &'static str);

const SECONDS: &str = "a number of seconds from 0 to 315360000";
const URL: &str = "a URL such as \"https://example.net\", without a query, a fragment or a password";
const TOKEN: &str = "a secret of at least 8 characters, of printable ASCII without spaces";
const KEY: &str = "a secret of at least 8 characters, without control characters or spaces at its ends";
const MODE: &str = "\"smtp\", \"starttls\", \"plain\" or \"inbox\"";
const ADDRESS: &str = "a mail address such as \"name@example.org\"";
const ADDRESSES: &str = "a mail address or a list of mail addresses";
const SEVERAL: &str = "one mail address, or several as a list: [\"a@example.org\", \"b@example.org\"]";
const NETWORKS: &str = "a list of at most 1000 addresses or networks";
const NETWORK: &str = "an address such as \"10.0.0.1\" or a network such as \"10.0.0.0/8\"";
const COUNT: &str = "a whole number from 1 to 1000000";
const BOOLEAN: &str = "true or false";
const BOOL_LIKE: &str = "true or false (or 1 or 0, or \"yes\", \"no\", \"on\" or \"off\")";
const BYTES: &str = "a whole number from 0 to 10000000";
const FILE: &str = "the path of a file that holds the secret";

const SERVER_REFUSALS: &[Refusal] = &[
    ("server_root: 1", "a URL such as \"https://example.net\"", "1"),
    ("base_frequency: 315360000.1", SECONDS, "315360000.1"),
    ("base_frequency: 1e999", SECONDS, "1e999"),
    ("base_frequency: -Infinity", SECONDS, "-Infinity"),
    ("base_frequency: NaN", SECONDS, "NaN"),
    ("base_frequency: \"1\"", SECONDS, "the string \"1\""),
    ("base_frequency: null", SECONDS, "null"),
    ("email_processing_frequency: true", SECONDS, "true"),
    ("recipient: 1", ADDRESSES, "1"),
    ("public_url: \"https://a.example/?x\"", URL, "the string \"https://a.example/?x\""),
    ("public_url: \"\"", URL, "the empty string"),
    ("mail: \"tls\"", MODE, "the string \"tls\""),
    ("mail_from: []", ADDRESS, "an empty list"),
    ("trusted_proxies: \"::1\"", NETWORKS, "the string \"::1\""),
    ("trusted_proxies[0]: \"proxy\"", NETWORK, "the string \"proxy\""),
    ("history_days: 0.5", "a number from 1 to 3650", "0.5"),
    ("restart_tolerance: 0.99", "a number from 1 to 100", "0.99"),
    ("restart_tolerance: 101", "a number from 1 to 100", "101"),
    ("digest_over: 0", COUNT, "0"),
    ("digest_over: 1.5", COUNT, "1.5"),
    ("ping_body_limit: -1", BYTES, "-1"),
    ("ping_body_limit: 10000001", BYTES, "10000001"),
    ("heartbeat_url: \"hunter2\"", "a URL that begins with http:// or https://", "a string"),
    ("metrics_token: \"hunter2\"", TOKEN, "a string that is shorter"),
    ("metrics_token: \"two words here\"", TOKEN, "a string with other characters"),
    ("metrics_token: 12345678", TOKEN, "a number"),
    ("metrics_token_file: 1", FILE, "1"),
    ("metrics_token_file: \"short\"", TOKEN, "a file that is shorter"),
    ("metrics_token_file: \"none\"", "a readable file", "\"none\": no such file"),
    ("notify_recovery: 1", BOOLEAN, "1"),
];

const USER_REFUSALS: &[Refusal] = &[
    ("refresh_on_ping_restored: null", BOOL_LIKE, "null"),
    ("refresh_on_ping_restored: 2", BOOL_LIKE, "2"),
    ("refresh_on_ping_restored: 0.5", BOOL_LIKE, "0.5"),
    ("refresh_on_ping_restored: \"\"", BOOL_LIKE, "the empty string"),
    ("refresh_on_ping_restored: \"si\"", BOOL_LIKE, "the string \"si\""),
    ("device_email: 1", ADDRESSES, "1"),
    ("device_email: {}", ADDRESSES, "an object"),
    ("device_email: \"a@x.org, b@x.org\"", SEVERAL, "the string \"a@x.org, b@x.org\""),
    ("device_email[0]: \"\"", ADDRESS, "the empty string"),
    ("device_email: \"a@x.org\\r\\nBcc: b@x.org\"", ADDRESS, "the string \"a@x.org\\r\\nBcc: b@x.org\""),
    ("ping_key: null", KEY, "null"),
    ("ping_key: \"hunter2\"", KEY, "a string that is shorter"),
    ("ping_key: \" 12345678\"", KEY, "a string with other characters"),
    ("ping_key_file: \"\"", FILE, "the empty string"),
    ("ping_key_file: \"short\"", KEY, "a file that is shorter"),
    ("ping_key_file: \"none\"", "a readable file", "\"none\": no such file"),
    ("notify_recovery: \"yes\"", BOOLEAN, "the string \"yes\""),
];

#[test]
fn each_key_of_the_server_says_what_it_expects() {
    for refusal in SERVER_REFUSALS {
        assert_refused(refusal, "", server);
    }
}

#[test]
fn each_key_of_a_user_says_what_it_expects() {
    for refusal in USER_REFUSALS {
        assert_refused(refusal, "users.u.", user);
    }
}

/// Asserts that a key with a value, written `key: value` or `key[0]: value`, is refused alone.
fn assert_refused((given, expected, found): &Refusal, place: &str, around: impl Fn(&str) -> String) {
    let (path, value) = given.split_once(": ").unwrap();
    let keys = match path.strip_suffix("[0]") {
        Some(key) => format!("\"{key}\": [{value}]"),
        None => format!("\"{path}\": {value}"),
    };
    let found_errors = errors(&around(&keys));
    let expected = format!(": {place}{path}: expected {expected}, found {found}");
    assert_eq!(found_errors.len(), 1, "{given}: {found_errors:?}");
    assert!(found_errors[0].ends_with(&expected), "{found_errors:?} should end with {expected:?}");
}

#[test]
fn a_key_that_does_not_belong_there_is_told_apart() {
    let both = |key: &str| format!("expected only one of \"{key}\" and \"{key}_file\", found both");
    let cases = [
        (
            server(r#""metrics_token": "12345678", "metrics_token_file": "/etc/token""#),
            format!("1:1: metrics_token_file: {}", both("metrics_token")),
        ),
        (
            user(r#""ping_key_file": "key", "ping_key": "12345678""#),
            format!("1:12: users.u.ping_key_file: {}", both("ping_key")),
        ),
        (
            user(r#""recipient": "a@example.org""#),
            r#"1:18: users.u.recipient: unknown key here; it belongs to the server, beside "users""#
                .to_owned(),
        ),
        (
            user(r#""max_sleep": 2"#),
            "1:52: users.u.max_sleep: given twice, on line 1 and on line 1".to_owned(),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(&text), [expected], "{text}");
    }
}

#[test]
fn a_number_that_nobody_wrote_is_refused() {
    let text = format!("{{\"users\": {{}}, \"base_frequency\": 1.{}}}", "0".repeat(50));
    let expected = format!(
        "1:33: base_frequency: expected a number of seconds from 0 to 315360000, found 1.{}…",
        "0".repeat(38)
    );
    assert_eq!(errors(&text), [expected]);
}

#[test]
fn monitored_users_without_anybody_to_tell_are_named() {
    let text = r#"{"recipient": [], "users": {
      "a": {"monitor": true, "max_sleep": 1, "email_frequency": 1},
      "b": {"monitor": false, "max_sleep": 1, "email_frequency": 1},
      "c": {"monitor": true, "max_sleep": 1, "email_frequency": 1, "device_email": "c@example.org"},
      "d": {"monitor": true, "max_sleep": 1, "email_frequency": 1, "device_email": null}
    }}"#;
    let expected = "2:7: users: expected \"recipient\", or \"device_email\" at every monitored user, found neither for \
                    \"a\", \"d\"";
    assert_eq!(errors(text), [expected]);
}

#[test]
fn a_byte_order_mark_is_no_error_and_other_bytes_are() {
    let no_file = |_: &Path| Err(io::Error::other("not there"));
    assert!(parse_bytes("c", b"\xef\xbb\xbf{\"users\": {}}", &no_file).is_ok());
    let errors = parse_bytes("c", b"{\n  \"\xc3\xbc\xff", &no_file).unwrap_err().to_string();
    assert_eq!(errors, "c:2:5: expected UTF-8 text, found other bytes\n1 error in c");
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        let _ = read(&text).map_err(|errors| errors.to_string());
    }

    #[test]
    fn no_pieces_of_json_make_the_reader_panic(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("{"), Just("}"), Just("["), Just("]"), Just(","), Just(":"), Just("\""), Just("\\"), Just("\\u"),
                Just("\"users\""), Just("\"a\""), Just("\"monitor\""), Just("1"), Just("-"), Just("."), Just("e"),
                Just("true"), Just("null"), Just("nul"), Just("\n"), Just("'"), Just("/"), Just("*"), Just("é"),
                Just("\u{a0}"), Just("\u{0}"), Just("d800"), Just("Infinity"), Just("NaN"),
            ],
            0..60,
        ),
    ) {
        let _ = read(&pieces.concat()).map_err(|errors| errors.to_string());
    }

    #[test]
    fn a_damaged_config_is_read_or_refused_in_words(
        damages in proptest::collection::vec((any::<prop::sample::Index>(), any::<Option<u8>>()), 0..4),
    ) {
        let mut bytes = whole().into_bytes();
        for (place, damage) in damages {
            let index = place.index(bytes.len());
            match damage {
                Some(byte) => bytes[index] = byte,
                None => { bytes.remove(index); }
            }
        }
        let outcome = parse_bytes("c", &bytes, &|_| Err(io::Error::other("not there")));
        if let Err(errors) = outcome {
            prop_assert!(0 < errors.total());
            prop_assert!(!errors.to_string().contains("12345678"));
        }
    }
}

#[test]
fn the_config_to_be_damaged_is_whole() {
    assert_eq!(errors(&whole()), [""; 0]);
}

/// A config that uses every key, to be damaged.
fn whole() -> String {
    let mut text = String::from(
        r#"{"server_root": "https://a.example", "base_frequency": 1.5, "recipient": ["a@example.org", "b@é.example"],
        "mail": "plain", "trusted_proxies": ["10.0.0.0/8"], "metrics_token": "12345678", "_": [[], {"a": "\u00e9\n"}],
        "users": {"#,
    );
    for index in 0..3 {
        write!(text, r#""u{index}é": {{"monitor": true, "max_sleep": {index}, "email_frequency": 1e3, "ping_key": "12345678",
            "device_email": null, "refresh_on_ping_restored": "off"}},"#)
        .unwrap();
    }
    text.push_str(r#""last": {"monitor": false, "max_sleep": 0.1, "email_frequency": 0}}}"#);
    text
}

/// Returns the errors as they are printed, without the name of the file and without the count.
fn errors(text: &str) -> Vec<String> {
    let Err(errors) = read(text) else { return Vec::new() };
    errors
        .errors()
        .iter()
        .map(|error| format!("{}:{}: {}", error.line, error.column, error.message))
        .collect()
}
