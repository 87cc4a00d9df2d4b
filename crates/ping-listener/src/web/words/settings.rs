//! The settings: what is in force and where it comes from, keys, and the server itself.

use super::super::Source;
use super::counted;

pub(crate) const TITLE: &str = "Settings";
pub(crate) const LEAD: &str = "What is in force, who may get in, and how this server runs.";

pub(crate) const CONFIG: &str = "Config in force";
pub(crate) const READ_FROM: &str = "Read from";
pub(crate) const READ_AT: &str = "last read";
pub(crate) const REFUSED: &str = "The file has changed, but was refused; what is below stays in force.";
pub(crate) const KEY: &str = "Key";
pub(crate) const VALUE: &str = "Value";
pub(crate) const SOURCE: &str = "Comes from";
pub(crate) const ENVIRONMENT: &str = "Environment";
pub(crate) const HOW_TO_CHANGE: &str =
    "Edit the file: the server reads it again when it changes. What the environment says takes a restart.";
pub(crate) const NOT_SET: &str = "not set";
pub(crate) const SET: &str = "set";

pub(crate) const KEYS: &str = "Keys";
pub(crate) const KEYS_LEAD: &str =
    "Programs use keys in place of a password. The server keeps only how a key begins, and a digest.";
pub(crate) const NO_KEYS: &str = "No key was made yet.";
pub(crate) const OPENS: &str = "Opens";
pub(crate) const BEGINS: &str = "Begins with";
pub(crate) const MADE: &str = "Made";
pub(crate) const DO: &str = "Actions";
pub(crate) const REVOKE: &str = "Revoke";
pub(crate) const NEW_KEY: &str = "New key that opens";
pub(crate) const MAKE_KEY: &str = "Make a key";
pub(crate) const KIND_UNKNOWN: &str = "Choose one of the three kinds of keys.";

pub(crate) const KEY_MADE: &str = "Your new key";
pub(crate) const SHOWN_ONCE: &str =
    "It is shown this once: copy it now. Whoever has it gets in, so keep it like a password.";
pub(crate) const BACK: &str = "Back to the settings";
pub(crate) const NO_SUCH_KEY: &str = "No key has this number; reload the settings.";
pub(crate) const REVOKE_TITLE: &str = "Revoke a key";
pub(crate) const REVOKE_LEAD: &str = "Whatever uses it gets no answer from then on. This cannot be undone.";
pub(crate) const KEEP: &str = "Keep it";

pub(crate) const SESSIONS: &str = "Sessions";
pub(crate) const SESSIONS_LEAD: &str =
    "Signing out everywhere ends every session of everybody, this one too.";

pub(crate) const ABOUT: &str = "About";
pub(crate) const VERSION: &str = "Version";
pub(crate) const DATABASE: &str = "Database";
pub(crate) const SIZE: &str = "Size";
pub(crate) const STARTED: &str = "Started";
pub(crate) const CHECKS: &str = "Checks";
pub(crate) const CLOCK: &str = "Time zone";
pub(crate) const GAPS: &str = "When nobody listened";
pub(crate) const GAPS_LEAD: &str =
    "Times in which pings could not be taken. They are left out of figures, and give deadlines more time.";
pub(crate) const NO_GAPS: &str = "None is known.";
pub(crate) const FROM: &str = "From";
pub(crate) const LENGTH: &str = "For";
pub(crate) const CAUSE: &str = "Why";
pub(crate) const LASTS: &str = "still";

/// Where a setting comes from.
pub(crate) fn source(source: Source) -> &'static str {
    match source {
        Source::File => "the file",
        Source::Environment => "the environment",
        Source::Default => "default",
    }
}

/// What a key of a kind opens.
pub(crate) fn opens(kind: &str) -> &'static str {
    match kind {
        "read-write" => "all of the API",
        "read-only" => "the API, for reading",
        "ping" => "pings by slug",
        _ => "nothing",
    }
}

/// Why nobody listened.
pub(crate) fn cause(cause: &str) -> &str {
    match cause {
        "down" => "the server was not running",
        "suspend" => "the machine slept",
        "stall" => "the machine stood still",
        "step" => "the clock was set",
        "disk full" => "the disk was full",
        "overload" => "too much came at once",
        other => other,
    }
}

/// Asks whether to revoke a key.
pub(crate) fn revoke(prefix: &str) -> String {
    format!("Revoke the key that begins with {prefix}")
}

/// So many checks.
pub(crate) fn checks(declared: usize, managed: usize) -> String {
    let declared = counted(declared, "in the config", "in the config");
    format!("{declared}, {managed} made here or over the API")
}

/// A size.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["bytes", "kB", "MB", "GB"];
    let mut size = bytes;
    let mut rest = 0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if size < 1_000 {
            break;
        }
        (rest, size, unit) = (size % 1_000 / 100, size / 1_000, next);
    }
    if unit == UNITS[0] { format!("{size} {unit}") } else { format!("{size}.{rest} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_told_in_its_unit() {
        for (size, told) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (8_450_000, "8.4 MB"),
            (12_000_000_000, "12.0 GB"),
        ] {
            assert_eq!(bytes(size), told);
        }
    }
}
