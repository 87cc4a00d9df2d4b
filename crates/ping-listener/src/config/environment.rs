//! What the environment says: passwords, and the mail server they are for.

use std::ffi::OsString;
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};

use super::error::quoted;
use super::kind::SecretRule;
use super::secret::{Secret, without_line_end};
use super::value::secret_fault;
use super::{Config, ReadFile};

/// Looks a variable up; `std::env::var_os` is the one to hand in, tests bring their own.
pub type LookUp<'f> = &'f dyn Fn(&str) -> Option<OsString>;

/// The settings of the environment, each checked by itself.
///
/// Whether they are enough to send mail is for [`super::mail_route::mail_route`] to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Opens the testing interface; `None` leaves it shut.
    pub testing_password: Option<Secret>,
    /// Host name or address of the mail server.
    pub smtp_server: String,
    /// Its port; `None` means the usual one for the way mails leave.
    pub smtp_port: Option<u16>,
    /// Login at the mail server, as a rule the sender's address.
    pub smtp_login: Option<String>,
    /// The password that goes with the login.
    pub smtp_password: Option<Secret>,
    /// A file of certificate authorities to trust besides the system's.
    pub extra_ca: Option<PathBuf>,
    /// Bearer token for the meters.
    pub metrics_token: Option<Secret>,
    /// Reads and changes checks over the API.
    pub api_key: Option<Secret>,
    /// Reads checks over the API.
    pub api_key_readonly: Option<Secret>,
    /// Stands in the addresses of pings, before the slug of a check.
    pub ping_key: Option<Secret>,
    /// Opens what the API tells of the server's own work.
    pub metrics_key: Option<Secret>,
}

/// Where mail goes when nothing is said: where the original sent it.
pub const SMTP_SERVER: &str = "smtp.gmail.com";

/// The variable with the key that may read and change.
const API_KEY: &str = "PING_LISTENER_API_KEY";

/// The variable with the key that may only read.
const API_KEY_READONLY: &str = "PING_LISTENER_API_KEY_READONLY";

/// The variable with the password of the pages, as the original called it.
const TESTING_PASSWORD: &str = "TESTING_PASSWORD";

/// The same by our own name.
const PASSWORD: &str = "PING_LISTENER_PASSWORD";

/// The longest name that the domain name system knows.
const SERVER_BYTES_MAX: usize = 253;

impl Environment {
    /// Reads all variables, and the files that they name; an empty variable counts as none.
    ///
    /// Fails with a sentence for each variable that does not fit, without the value of any secret.
    pub fn read(look_up: LookUp<'_>, read_file: ReadFile<'_>) -> Result<Self, Vec<String>> {
        let mut reading = Reading { look_up, read_file, errors: Vec::new() };
        let environment = Self {
            testing_password: reading.password(),
            smtp_server: reading.server().unwrap_or_else(|| SMTP_SERVER.to_owned()),
            smtp_port: reading.port(),
            smtp_login: reading.text("SMTP_LOGIN"),
            smtp_password: reading.text("SMTP_PASSWORD").map(Secret::new),
            extra_ca: reading.variable("SSL_CERT_FILE").map(PathBuf::from),
            metrics_token: reading.secret("PING_LISTENER_METRICS_TOKEN", SecretRule::Token),
            api_key: reading.secret(API_KEY, SecretRule::Api),
            api_key_readonly: reading.secret(API_KEY_READONLY, SecretRule::Api),
            ping_key: reading.secret("PING_LISTENER_PING_KEY", SecretRule::Address),
            metrics_key: reading.secret("PING_LISTENER_METRICS_KEY", SecretRule::Token),
        };
        if environment.api_key.is_some() && environment.api_key == environment.api_key_readonly {
            reading
                .errors
                .push(format!("{API_KEY_READONLY}: expected another key than {API_KEY}, found the same"));
        }
        if reading.errors.is_empty() { Ok(environment) } else { Err(reading.errors) }
    }

    /// Returns the token that opens the meters: the environment's before the config's.
    #[must_use]
    pub fn metrics_token<'s>(&'s self, config: &'s Config) -> Option<&'s Secret> {
        self.metrics_token.as_ref().or(config.metrics_token.as_ref())
    }
}

struct Reading<'f> {
    look_up: LookUp<'f>,
    read_file: ReadFile<'f>,
    errors: Vec<String>,
}

impl Reading<'_> {
    /// Reads the password of the pages, by either of its names.
    fn password(&mut self) -> Option<Secret> {
        let (theirs, ours) = (self.text(TESTING_PASSWORD), self.text(PASSWORD));
        if theirs.is_some() && ours.is_some() && theirs != ours {
            self.errors.push(format!("{PASSWORD}: expected the same as {TESTING_PASSWORD}, found another"));
        }
        theirs.or(ours).map(Secret::new)
    }

    fn server(&mut self) -> Option<String> {
        let server = self.text("SMTP_SERVER")?;
        if is_server(&server) {
            return Some(server);
        }
        let found = quoted(&server);
        self.errors.push(format!(
            "SMTP_SERVER: expected a host name or an address, without a port (SMTP_PORT has it), found {found}"
        ));
        None
    }

    fn port(&mut self) -> Option<u16> {
        let text = self.text("SMTP_PORT")?;
        match text.parse() {
            Ok(port) if 0 < port => Some(port),
            Ok(_) | Err(_) => {
                let found = quoted(&text);
                self.errors
                    .push(format!("SMTP_PORT: expected a whole number from 1 to 65535, found {found}"));
                None
            }
        }
    }

    fn secret(&mut self, name: &str, rule: SecretRule) -> Option<Secret> {
        let secret = self.text(name)?;
        if let Some(fault) = secret_fault(&secret, rule) {
            self.errors.push(format!("{name}: expected {rule}, found one {fault}"));
        }
        Some(Secret::new(secret))
    }

    /// Returns the text of a variable, or of the file that its twin with `_FILE` names.
    fn text(&mut self, name: &str) -> Option<String> {
        let file_name = format!("{name}_FILE");
        let text = match (self.variable(name), self.variable(&file_name)) {
            (None, None) => return None,
            (Some(_), Some(_)) => {
                self.errors.push(format!("{name}: expected only one of {name} and {file_name}, found both"));
                return None;
            }
            (Some(text), None) => self.utf8(name, text)?,
            (None, Some(path)) => self.file(&file_name, Path::new(&path))?,
        };
        if text.contains(char::is_control) {
            self.errors.push(format!("{name}: expected one line without control characters, found others"));
            return None;
        }
        Some(text)
    }

    fn file(&mut self, name: &str, path: &Path) -> Option<String> {
        let shown = quoted(&path.to_string_lossy());
        match (self.read_file)(path) {
            Ok(text) if without_line_end(&text).is_empty() && self.is_credential(path) => None,
            Ok(text) if without_line_end(&text).is_empty() => {
                self.errors.push(format!("{name}: expected a file with one line, found {shown} empty"));
                None
            }
            Ok(text) => Some(without_line_end(&text).to_owned()),
            Err(error) => {
                self.errors.push(format!("{name}: expected a readable file, found {shown}: {error}"));
                None
            }
        }
    }

    /// Tells whether systemd has put a file there: what it was told to load and did not find is empty.
    fn is_credential(&self, path: &Path) -> bool {
        self.variable("CREDENTIALS_DIRECTORY").is_some_and(|folder| path.starts_with(folder))
    }

    fn utf8(&mut self, name: &str, text: OsString) -> Option<String> {
        let text = text.into_string();
        if text.is_err() {
            self.errors.push(format!("{name}: expected UTF-8 text, found other bytes"));
        }
        text.ok()
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        (self.look_up)(name).filter(|value| !value.is_empty())
    }
}

fn is_server(text: &str) -> bool {
    let is_name = !text.contains([':', '/', '@', '[', ']']) && !text.contains(char::is_whitespace);
    text.len() <= SERVER_BYTES_MAX && (is_name || text.parse::<Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn read(variables: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Environment, Vec<String>> {
        let look_up = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        let read_file = |path: &Path| {
            let file = files.iter().find(|(known, _)| Path::new(known) == path);
            file.map(|(_, text)| (*text).to_owned()).ok_or_else(|| io::Error::other("not there"))
        };
        Environment::read(&look_up, &read_file)
    }

    #[test]
    fn an_empty_environment_means_the_defaults_of_the_original() {
        let nothing = Environment {
            testing_password: None,
            smtp_server: "smtp.gmail.com".to_owned(),
            smtp_port: None,
            smtp_login: None,
            smtp_password: None,
            extra_ca: None,
            metrics_token: None,
            api_key: None,
            api_key_readonly: None,
            ping_key: None,
            metrics_key: None,
        };
        assert_eq!(read(&[], &[]), Ok(nothing.clone()));
        let empty = [("SMTP_SERVER", ""), ("SMTP_PORT", ""), ("SMTP_LOGIN", ""), ("SMTP_PASSWORD_FILE", "")];
        assert_eq!(read(&empty, &[]), Ok(nothing));
    }

    #[test]
    fn each_setting_comes_from_its_variable_or_its_file() {
        let variables = [
            ("TESTING_PASSWORD_FILE", "/run/testing"),
            ("SMTP_SERVER", "mail.example.org"),
            ("SMTP_PORT_FILE", "/run/port"),
            ("SMTP_LOGIN", "me@example.org"),
            ("SMTP_PASSWORD_FILE", "/run/password"),
            ("SSL_CERT_FILE", "/etc/ca.pem"),
            ("PING_LISTENER_METRICS_TOKEN", "0123456789"),
            ("PING_LISTENER_API_KEY_FILE", "/run/api"),
            ("PING_LISTENER_API_KEY_READONLY", "hcr_0123456789012345678901234567"),
            ("PING_LISTENER_PING_KEY", "Ping-Key_1"),
            ("PING_LISTENER_METRICS_KEY", "metrics!"),
        ];
        let files = [
            ("/run/testing", " open sesame \r\n"),
            ("/run/port", "587\n"),
            ("/run/password", "p"),
            ("/run/api", "hcw_0123456789012345678901234567\n"),
        ];
        let environment = read(&variables, &files).unwrap();
        let revealed = |secret: Option<Secret>| secret.unwrap().reveal().to_owned();
        assert_eq!(revealed(environment.testing_password), " open sesame ");
        assert_eq!(environment.smtp_server, "mail.example.org");
        assert_eq!(environment.smtp_port, Some(587));
        assert_eq!(environment.smtp_login.as_deref(), Some("me@example.org"));
        assert_eq!(revealed(environment.smtp_password), "p");
        assert_eq!(environment.extra_ca, Some(PathBuf::from("/etc/ca.pem")));
        assert_eq!(revealed(environment.metrics_token), "0123456789");
        assert_eq!(revealed(environment.api_key), "hcw_0123456789012345678901234567");
        assert_eq!(revealed(environment.api_key_readonly), "hcr_0123456789012345678901234567");
        assert_eq!(revealed(environment.ping_key), "Ping-Key_1");
        assert_eq!(revealed(environment.metrics_key), "metrics!");
    }

    #[test]
    fn the_variables_that_are_read_are_those_of_the_reference() {
        use crate::config::reference::VARIABLES;
        let asked = std::cell::RefCell::new(Vec::new());
        let look_up = |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            None
        };
        Environment::read(&look_up, &|_| Err(io::Error::other("not there"))).unwrap();
        let mut known = Vec::new();
        for variable in VARIABLES {
            known.push(variable.name.to_owned());
            if variable.name != "SSL_CERT_FILE" {
                known.push(format!("{}_FILE", variable.name));
            }
        }
        assert_eq!(asked.into_inner(), known);
    }

    #[test]
    fn the_password_of_the_pages_has_two_names_and_one_value() {
        let of = |variables: &[(&str, &str)]| read(variables, &[]).map(|read| read.testing_password);
        let open_sesame = Ok(Some(Secret::new("open sesame".to_owned())));
        assert_eq!(of(&[("PING_LISTENER_PASSWORD", "open sesame")]), open_sesame);
        assert_eq!(
            of(&[("PING_LISTENER_PASSWORD", "open sesame"), ("TESTING_PASSWORD", "open sesame")]),
            open_sesame
        );
        assert_eq!(
            of(&[("PING_LISTENER_PASSWORD", "open sesame"), ("TESTING_PASSWORD", "sesame")]),
            Err(vec![
                "PING_LISTENER_PASSWORD: expected the same as TESTING_PASSWORD, found another".to_owned()
            ])
        );
    }

    #[test]
    fn every_fault_is_told_at_once_and_no_secret_with_it() {
        let variables = [
            ("TESTING_PASSWORD", "hunter2"),
            ("TESTING_PASSWORD_FILE", "/run/testing"),
            ("SMTP_SERVER", "mail.example.org:465"),
            ("SMTP_PORT", "65536"),
            ("SMTP_LOGIN_FILE", "/run/absent"),
            ("SMTP_PASSWORD", "hunter2\nhunter2"),
            ("PING_LISTENER_METRICS_TOKEN", "hunter2"),
            ("PING_LISTENER_API_KEY", "hunter2hunter2"),
            ("PING_LISTENER_PING_KEY", "hunter2/hunter2"),
        ];
        let expected = [
            "TESTING_PASSWORD: expected only one of TESTING_PASSWORD and TESTING_PASSWORD_FILE, found both",
            "SMTP_SERVER: expected a host name or an address, without a port (SMTP_PORT has it), \
             found \"mail.example.org:465\"",
            "SMTP_PORT: expected a whole number from 1 to 65535, found \"65536\"",
            "SMTP_LOGIN_FILE: expected a readable file, found \"/run/absent\": not there",
            "SMTP_PASSWORD: expected one line without control characters, found others",
            "PING_LISTENER_METRICS_TOKEN: expected a secret of at least 8 characters, of printable ASCII without \
             spaces, found one that is shorter",
            "PING_LISTENER_API_KEY: expected a key of 32 characters, of printable ASCII without spaces, found one of \
             another length",
            "PING_LISTENER_PING_KEY: expected a secret of at least 8 characters, of letters, digits, - and _, found \
             one with other characters",
        ];
        assert_eq!(read(&variables, &[]).unwrap_err(), expected);
        let key = "hcw_0123456789012345678901234567";
        let same = read(&[("PING_LISTENER_API_KEY", key), ("PING_LISTENER_API_KEY_READONLY", key)], &[]);
        let expected =
            "PING_LISTENER_API_KEY_READONLY: expected another key than PING_LISTENER_API_KEY, found the same";
        assert_eq!(same.unwrap_err(), [expected]);
        let empty = read(&[("SMTP_PASSWORD_FILE", "/p")], &[("/p", "\n")]).unwrap_err();
        assert_eq!(empty, ["SMTP_PASSWORD_FILE: expected a file with one line, found \"/p\" empty"]);
    }

    #[test]
    fn a_credential_that_systemd_did_not_find_counts_as_none() {
        let variables = [("CREDENTIALS_DIRECTORY", "/run/c"), ("SMTP_PASSWORD_FILE", "/run/c/smtp_password")];
        let environment = read(&variables, &[("/run/c/smtp_password", "\n")]).unwrap();
        assert_eq!(environment.smtp_password, None);
        let environment = read(&variables, &[("/run/c/smtp_password", "secret\n")]).unwrap();
        assert_eq!(environment.smtp_password, Some(Secret::new("secret")));
    }

    #[test]
    fn a_port_is_a_whole_number_above_zero() {
        for text in ["0", "-1", "465.0", " 465", "smtp"] {
            assert!(read(&[("SMTP_PORT", text)], &[]).is_err(), "{text}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_value_that_is_no_utf8_is_refused() {
        use std::os::unix::ffi::OsStringExt;
        let look_up = |name: &str| (name == "SMTP_LOGIN").then(|| OsString::from_vec(vec![0xff]));
        let errors = Environment::read(&look_up, &|_| Err(io::Error::other("not there"))).unwrap_err();
        assert_eq!(errors, ["SMTP_LOGIN: expected UTF-8 text, found other bytes"]);
    }

    #[test]
    fn the_token_of_the_environment_goes_before_that_of_the_config() {
        let text = r#"{"users": {}, "metrics_token": "from-the-config"}"#;
        let config = crate::config::parse("c", text, &|_| Err(io::Error::other("not there"))).unwrap();
        let token =
            |environment: &Environment| environment.metrics_token(&config).unwrap().reveal().to_owned();
        assert_eq!(token(&read(&[], &[]).unwrap()), "from-the-config");
        let environment = read(&[("PING_LISTENER_METRICS_TOKEN", "from-outside")], &[]).unwrap();
        assert_eq!(token(&environment), "from-outside");
    }
}
