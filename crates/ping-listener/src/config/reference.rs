//! Every key of the config and every variable of the environment: what it takes, what holds without it, what it means.
//!
//! The parser knows the keys from here, and the reference for people is written from it.

use std::fmt::Write as _;

use super::kind::{Bounds, Kind, SecretRule, explained};

/// A key of the config.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its value has to be.
    pub kind: Kind,
    /// What holds without it.
    pub unset: Unset,
    /// What it is for, in Markdown.
    pub meaning: &'static str,
}

/// What holds where a key is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// Nothing: it must be there.
    Refused,
    /// As if this were written, in JSON.
    Value(&'static str),
    /// What this says, in Markdown.
    Words(&'static str),
}

/// A variable of the environment.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What holds without it, in Markdown.
    pub unset: &'static str,
    /// What it is for, in Markdown.
    pub meaning: &'static str,
}

/// Ten years, as for every other length.
pub(super) const HISTORY_DAYS: Bounds<f64> = Bounds { least: 1.0, most: 3_650.0 };

/// Beyond this an alert that our own restarts put off might as well never come.
pub(super) const RESTART_TOLERANCE: Bounds<f64> = Bounds { least: 1.0, most: 100.0 };

/// Beyond this the setting means "never", and a mail of a million lines would follow.
pub(super) const DIGEST_OVER: Bounds<u32> = Bounds { least: 1, most: 1_000_000 };

/// What the last hundred pings of a check may bring along at most: a gigabyte.
pub(super) const PING_BODY_LIMIT: Bounds<u32> = Bounds { least: 0, most: 10_000_000 };

/// The keys of the server, in the order of the documentation.
pub const SERVER_KEYS: &[Key] = &[
    Key { name: "users", kind: Kind::Users, unset: Unset::Refused, meaning: "the users by name, see below" },
    Key {
        name: "recipient",
        kind: Kind::Addresses,
        unset: Unset::Words("none"),
        meaning: "who gets the mails of users without a `device_email`, and those of checks that are made over the API",
    },
    Key {
        name: "base_frequency",
        kind: Kind::Seconds,
        unset: Unset::Value("1"),
        meaning: "distance between two looks for silent users; 0 looks whenever something is due",
    },
    Key {
        name: "email_processing_frequency",
        kind: Kind::Seconds,
        unset: Unset::Value("1"),
        meaning: "distance between two looks for mails to send; 0 likewise",
    },
    Key {
        name: "public_url",
        kind: Kind::LinkPrefix,
        unset: Unset::Words("none"),
        meaning: "what links in mails and answers begin with",
    },
    Key {
        name: "server_root",
        kind: Kind::OldLinkPrefix,
        unset: Unset::Words("none"),
        meaning: "deprecated name of `public_url`, which goes before it",
    },
    Key {
        name: "mail",
        kind: Kind::MailMode,
        unset: Unset::Words("see [where mail goes](#where-mail-goes)"),
        meaning: "how mails leave; a change takes effect at the next start",
    },
    Key {
        name: "mail_from",
        kind: Kind::Address,
        unset: Unset::Words("`SMTP_LOGIN`"),
        meaning: "the sender; needed when `SMTP_LOGIN` is no mail address; a change takes effect at the next start",
    },
    Key {
        name: "trusted_proxies",
        kind: Kind::Networks,
        unset: Unset::Value("[]"),
        meaning: "whose `X-Forwarded-For` and `X-Forwarded-Proto` count",
    },
    Key {
        name: "history_days",
        kind: Kind::Number(HISTORY_DAYS),
        unset: Unset::Value("400"),
        meaning: "how many days pings are kept",
    },
    Key {
        name: "restart_tolerance",
        kind: Kind::Number(RESTART_TOLERANCE),
        unset: Unset::Value("2"),
        meaning: "how far downtime of the server itself may stretch a deadline, as a multiple of `max_sleep`",
    },
    Key {
        name: "digest_over",
        kind: Kind::Whole(DIGEST_OVER),
        unset: Unset::Value("20"),
        meaning: "more alerts than this to one recipient at once become one mail",
    },
    Key {
        name: "ping_body_limit",
        kind: Kind::Whole(PING_BODY_LIMIT),
        unset: Unset::Value("100000"),
        meaning: "bytes of a ping's body that are kept, see [Healthchecks' clients](healthchecks.md); 0 keeps none",
    },
    Key {
        name: "heartbeat_url",
        kind: Kind::SecretUrl,
        unset: Unset::Words("none"),
        meaning: "who is pinged every minute to watch this server",
    },
    Key {
        name: "metrics_token",
        kind: Kind::Secret(SecretRule::Token),
        unset: Unset::Words("none"),
        meaning: "bearer token that opens `/metrics` from elsewhere",
    },
    Key {
        name: "metrics_token_file",
        kind: Kind::SecretFile,
        unset: Unset::Words("none"),
        meaning: "the same, from a file; only one of the two",
    },
    Key {
        name: "notify_recovery",
        kind: Kind::Boolean,
        unset: Unset::Value("false"),
        meaning: "default of the users' `notify_recovery`",
    },
];

/// The keys of a user, in the order of the documentation.
pub const USER_KEYS: &[Key] = &[
    Key {
        name: "monitor",
        kind: Kind::Boolean,
        unset: Unset::Refused,
        meaning: "`false` never sends mails; pings are taken and logged all the same",
    },
    Key {
        name: "max_sleep",
        kind: Kind::Seconds,
        unset: Unset::Refused,
        meaning: "longest allowed distance between two pings; mails repeat the number as it is written here",
    },
    Key {
        name: "email_frequency",
        kind: Kind::Seconds,
        unset: Unset::Refused,
        meaning: "least distance between two mails about this user",
    },
    Key {
        name: "device_email",
        kind: Kind::Addresses,
        unset: Unset::Words("`recipient`"),
        meaning: "who gets the mails about this user",
    },
    Key {
        name: "refresh_on_ping_restored",
        kind: Kind::BoolLike,
        unset: Unset::Value("true"),
        meaning: "a ping after the last mail makes the next silence reportable at once, whatever `email_frequency` says",
    },
    Key {
        name: "notify_recovery",
        kind: Kind::Boolean,
        unset: Unset::Words("the server's"),
        meaning: "a mail when pings are back",
    },
    Key {
        name: "ping_key",
        kind: Kind::Secret(SecretRule::Key),
        unset: Unset::Words("none"),
        meaning: "needed for this user's pings and logs",
    },
    Key {
        name: "ping_key_file",
        kind: Kind::SecretFile,
        unset: Unset::Words("none"),
        meaning: "the same, from a file; only one of the two",
    },
];

/// The variables of the environment, in the order of the documentation.
pub const VARIABLES: &[Variable] = &[
    Variable {
        name: "TESTING_PASSWORD",
        unset: "none",
        meaning: "opens the testing interface at `/`; without it the interface stays shut",
    },
    Variable { name: "PING_LISTENER_PASSWORD", unset: "none", meaning: "the same by another name" },
    Variable {
        name: "SMTP_SERVER",
        unset: "`smtp.gmail.com`",
        meaning: "host name or address of the mail server, without a port",
    },
    Variable {
        name: "SMTP_PORT",
        unset: "465; with `starttls` 587, with `plain` 25",
        meaning: "port of the mail server, from 1 to 65535",
    },
    Variable {
        name: "SMTP_LOGIN",
        unset: "none",
        meaning: "login at the mail server, and the sender if it is a mail address",
    },
    Variable { name: "SMTP_PASSWORD", unset: "none", meaning: "the password that goes with it" },
    Variable {
        name: "SSL_CERT_FILE",
        unset: "none",
        meaning: "a file of certificate authorities to trust besides the system's",
    },
    Variable {
        name: "PING_LISTENER_METRICS_TOKEN",
        unset: "none",
        meaning: "bearer token for `/metrics`, before that of the config; a secret as `metrics_token`",
    },
    Variable {
        name: "PING_LISTENER_API_KEY",
        unset: "none",
        meaning: "key of the API that may read and change: 32 characters of printable ASCII without spaces",
    },
    Variable {
        name: "PING_LISTENER_API_KEY_READONLY",
        unset: "none",
        meaning: "key of the API that may only read: 32 characters, others than those above",
    },
    Variable {
        name: "PING_LISTENER_PING_KEY",
        unset: "none",
        meaning: "stands in ping addresses before the slug of a check: 8 to 255 letters, digits, `-` and `_`",
    },
    Variable {
        name: "PING_LISTENER_METRICS_KEY",
        unset: "none",
        meaning: "opens `/api/v3/metrics/`; a secret as `metrics_token`",
    },
];

/// Returns the tables of the reference in Markdown, in its order: kinds of values, keys of the server, keys of a user,
/// variables.
#[must_use]
pub fn tables() -> [String; 4] {
    let kinds = explained().map(|(word, takes)| row(&[word, &takes]));
    let variable =
        |variable: &Variable| row(&[&format!("`{}`", variable.name), variable.unset, variable.meaning]);
    [
        table(&["kind", "what it takes"], kinds),
        keys(SERVER_KEYS),
        keys(USER_KEYS),
        table(&["variable", "default", "meaning"], VARIABLES.iter().map(variable)),
    ]
}

fn keys(keys: &[Key]) -> String {
    let key = |key: &Key| {
        let mut kind = key.kind.word();
        let unset = match key.unset {
            Unset::Refused => {
                kind.push_str(", required");
                String::new()
            }
            Unset::Value(json @ ("true" | "false" | "[]")) => format!("`{json}`"),
            Unset::Value(json) => json.to_owned(),
            Unset::Words(words) => words.to_owned(),
        };
        row(&[&format!("`{}`", key.name), &kind, &unset, key.meaning])
    };
    table(&["key", "kind", "default", "meaning"], keys.iter().map(key))
}

fn table(head: &[&str], rows: impl IntoIterator<Item = String>) -> String {
    let mut table = row(head);
    table.push_str(&row(&vec!["---"; head.len()]));
    table.extend(rows);
    table
}

fn row(cells: &[&str]) -> String {
    let mut row = String::from("|");
    for cell in cells {
        let space = if cell.is_empty() { "" } else { " " };
        write!(row, "{space}{cell} |").expect("a string takes any text");
    }
    row.push('\n');
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::golden::{read, server, user};

    #[test]
    fn the_reference_for_people_is_this_one() {
        let reference = include_str!("../../../../docs/config.md");
        for table in tables() {
            assert!(
                reference.contains(&format!("\n\n{table}\n")),
                "docs/config.md has to have this:\n\n{table}"
            );
        }
    }

    #[test]
    fn a_default_that_is_written_out_changes_nothing() {
        for (keys, around) in [(SERVER_KEYS, server as fn(&str) -> String), (USER_KEYS, user)] {
            for key in keys {
                let Unset::Value(json) = key.unset else { continue };
                let mut written = read(&around(&format!("\"{}\": {json}", key.name))).unwrap();
                let unset = read(&around("\"_\": 0")).unwrap();
                written.given.clone_from(&unset.given);
                assert_eq!(written, unset, "{}", key.name);
            }
        }
    }

    #[test]
    fn every_key_is_taken_and_every_required_one_is_missed() {
        let faults = |text: &str| read(text).err().map(|errors| errors.to_string()).unwrap_or_default();
        for (keys, around) in [(SERVER_KEYS, server as fn(&str) -> String), (USER_KEYS, user)] {
            for key in keys {
                let text = around(&format!("\"{}\": {{\"x\": 0}}", key.name));
                assert!(faults(&text).contains(key.name), "{}: {}", key.name, faults(&text));
                assert!(!faults(&text).contains("unknown"), "{}: {}", key.name, faults(&text));
            }
        }
        let nothing = faults("{\"users\": {\"u\": {}}}");
        let required: Vec<_> = USER_KEYS.iter().filter(|key| key.unset == Unset::Refused).collect();
        for key in &required {
            let fault = format!("{}: expected {}, found nothing; the key is required", key.name, key.kind);
            assert!(nothing.contains(&fault), "{nothing}");
        }
        assert_eq!(nothing.lines().count(), required.len() + 1, "{nothing}");
    }
}
