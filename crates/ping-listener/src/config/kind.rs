//! What values can be, in the words of errors and in those of the reference.

use std::fmt;

/// Two bounds, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds<T> {
    pub(super) least: T,
    pub(super) most: T,
}

impl<T: fmt::Display> fmt::Display for Bounds<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "from {} to {}", self.least, self.most)
    }
}

/// What the value of a key has to be. As text: what an error expects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// The users by name.
    Users,
    /// What begins links, by its old name.
    OldLinkPrefix,
    /// What begins links.
    LinkPrefix,
    /// A length.
    Seconds,
    /// A number, with a fraction if one likes.
    Number(Bounds<f64>),
    /// A number without a fraction.
    Whole(Bounds<u32>),
    /// A plain switch.
    Boolean,
    /// A switch as the original took it.
    BoolLike,
    /// One mail address.
    Address,
    /// No, one or several mail addresses.
    Addresses,
    /// How mails leave.
    MailMode,
    /// Addresses and networks of machines.
    Networks,
    /// An address that is a key in itself.
    SecretUrl,
    /// A text that is never shown.
    Secret(SecretRule),
    /// A file that holds such a text.
    SecretFile,
}

/// What a text that becomes a [`super::secret::Secret`] has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretRule {
    /// A key of pings: anything that fits into a query and a header.
    Key,
    /// A bearer token: printable ASCII without spaces.
    Token,
    /// A key of the API: as long as clients make them.
    Api,
    /// A key that stands in ping addresses: what needs no escaping there.
    Address,
}

/// Ten years of 365 days: longer than any device lives, and far from the ends of time.
pub(super) const SECONDS: Bounds<f64> = Bounds { least: 0.0, most: 315_360_000.0 };

/// Mails repeat a number as it was written, and a number longer than this was written by mistake.
pub(super) const NUMBER_BYTES_MAX: usize = 32;

/// Browsers and proxies cut longer ones.
pub(super) const URL_BYTES_MAX: usize = 2_000;

/// More people than this want a mailing list.
pub(super) const RECIPIENTS_MAX: usize = 100;

/// Each is compared with the peer of each connection.
pub(super) const NETWORKS_MAX: usize = 1_000;

/// So short a key is guessed in an afternoon; real ones are much longer.
pub(super) const SECRET_CHARS_MIN: usize = 8;

/// A secret travels in a header or a query, where more than this meets limits.
pub(super) const SECRET_BYTES_MAX: usize = 255;

/// A key of any other length is no key to the clients that are meant.
pub(super) const API_KEY_CHARS: usize = 32;

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Users => f.write_str("an object of user names and their settings"),
            Self::OldLinkPrefix => f.write_str("a URL such as \"https://example.net\""),
            Self::LinkPrefix => f.write_str(
                "a URL such as \"https://example.net\", without a query, a fragment or a password",
            ),
            Self::Seconds => write!(f, "a number of seconds {SECONDS}"),
            Self::Number(bounds) => write!(f, "a number {bounds}"),
            Self::Whole(bounds) => write!(f, "a whole number {bounds}"),
            Self::Boolean => f.write_str("true or false"),
            Self::BoolLike => f.write_str("true or false (or 1 or 0, or \"yes\", \"no\", \"on\" or \"off\")"),
            Self::Address => f.write_str("a mail address such as \"name@example.org\""),
            Self::Addresses => f.write_str("a mail address or a list of mail addresses"),
            Self::MailMode => f.write_str("\"smtp\", \"starttls\", \"plain\" or \"inbox\""),
            Self::Networks => write!(f, "a list of at most {NETWORKS_MAX} addresses or networks"),
            Self::SecretUrl => f.write_str("a URL that begins with http:// or https://"),
            Self::Secret(rule) => rule.fmt(f),
            Self::SecretFile => f.write_str("the path of a file that holds the secret"),
        }
    }
}

impl SecretRule {
    fn signs(self) -> &'static str {
        match self {
            Self::Key => "without control characters or spaces at its ends",
            Self::Token | Self::Api => "of printable ASCII without spaces",
            Self::Address => "of letters, digits, - and _",
        }
    }
}

impl fmt::Display for SecretRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signs = self.signs();
        match self {
            Self::Api => write!(f, "a key of {API_KEY_CHARS} characters, {signs}"),
            Self::Key | Self::Token | Self::Address => {
                write!(f, "a secret of at least {SECRET_CHARS_MIN} characters, {signs}")
            }
        }
    }
}

impl Kind {
    /// Returns how the reference calls it, in Markdown.
    pub(super) fn word(self) -> String {
        match self {
            Self::Users => "object".to_owned(),
            Self::OldLinkPrefix => "string".to_owned(),
            Self::LinkPrefix => "link prefix".to_owned(),
            Self::Seconds => "seconds".to_owned(),
            Self::Number(bounds) => format!("number {bounds}"),
            Self::Whole(bounds) => format!("whole number {bounds}"),
            Self::Boolean => "boolean".to_owned(),
            Self::BoolLike => "bool-like".to_owned(),
            Self::Address => "address".to_owned(),
            Self::Addresses => "addresses".to_owned(),
            Self::MailMode => r#"`"smtp"`, `"starttls"`, `"plain"` or `"inbox"`"#.to_owned(),
            Self::Networks => format!("list of at most {NETWORKS_MAX} networks"),
            Self::SecretUrl => "URL with `http://` or `https://`, kept like a secret".to_owned(),
            Self::Secret(rule) => format!("secret {}", rule.signs()),
            Self::SecretFile => "file".to_owned(),
        }
    }
}

/// Returns the words of the reference that want an explanation, each with what it takes, in Markdown.
pub(super) fn explained() -> [(&'static str, String); 9] {
    [
        (
            "seconds",
            format!(
                "a number {SECONDS} (ten years), with a fraction if you like, of at most {NUMBER_BYTES_MAX} characters"
            ),
        ),
        ("boolean", "`true` or `false`".to_owned()),
        (
            "bool-like",
            "`true`, `false`, `1`, `0`, or one of the strings `true`, `false`, `yes`, `no`, `on`, `off`, `1`, `0` in \
             any case"
                .to_owned(),
        ),
        (
            "address",
            "a mail address such as `\"name@example.org\"`, at most 254 bytes, without commas and control \
             characters; a mailbox or domain beyond ASCII is fine"
                .to_owned(),
        ),
        (
            "addresses",
            format!(
                "one address or a list of at most {RECIPIENTS_MAX}; `null`, `\"\"` and `[]` mean that nothing is said"
            ),
        ),
        (
            "link prefix",
            format!(
                "a URL that begins with `http://` or `https://`, at most {URL_BYTES_MAX} bytes, without a query, a \
                 fragment or a login; a slash at the end is cut"
            ),
        ),
        (
            "network",
            "an address such as `\"10.0.0.1\"` or a network such as `\"10.0.0.0/8\"` or `\"fd00::/8\"`"
                .to_owned(),
        ),
        (
            "secret",
            format!("a string of at least {SECRET_CHARS_MIN} characters and at most {SECRET_BYTES_MAX} bytes"),
        ),
        (
            "file",
            "the path of a file that holds one line, at most 64 KiB; a relative path begins at the folder of the \
             config file"
                .to_owned(),
        ),
    ]
}
