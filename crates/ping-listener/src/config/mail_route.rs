//! Where mail goes: to a mail server, or to the local inbox on this machine.

use std::net::IpAddr;
use std::path::PathBuf;

use super::environment::Environment;
use super::error::quoted;
use super::recipients::is_address;
use super::secret::Secret;
use super::{Config, MailMode};

/// The way of all mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailRoute {
    /// They stay on this machine, where a person can look at them.
    Inbox {
        /// The sender they show.
        from: String,
    },
    /// They go to a mail server.
    Smtp(SmtpSettings),
}

/// What it takes to hand mails to a mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpSettings {
    /// Host name or address; the certificate has to be for it.
    pub server: String,
    /// Port of the server.
    pub port: u16,
    /// How the connection is kept from being read.
    pub security: Security,
    /// Login and password; `None` only with [`Security::Plain`].
    pub credentials: Option<(String, Secret)>,
    /// The sender's address.
    pub from: String,
    /// A file of certificate authorities to trust besides the system's.
    pub extra_ca: Option<PathBuf>,
}

/// How the connection to a mail server is kept from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS before anything is said that matters; never without.
    StartTls,
    /// Not at all, because it does not leave this machine.
    Plain,
}

/// The sender of mails that go nowhere and of whom nothing else is known.
const INBOX_FROM: &str = "ping-listener@localhost";

/// Decides where mail goes.
///
/// `has_sent_by_smtp` tells whether mails left from this data folder before: then missing credentials are more likely
/// lost than not yet given, and alerts must not stay here in silence. Fails with a sentence for each setting to mend.
pub fn mail_route(
    config: &Config,
    environment: &Environment,
    listens_on_loopback: bool,
    has_sent_by_smtp: bool,
) -> Result<MailRoute, Vec<String>> {
    let has_credentials = environment.smtp_login.is_some() || environment.smtp_password.is_some();
    match config.mail {
        Some(MailMode::Smtp) => smtp(config, environment, Security::Tls),
        Some(MailMode::StartTls) => smtp(config, environment, Security::StartTls),
        Some(MailMode::Plain) => smtp(config, environment, Security::Plain),
        None if has_credentials => smtp(config, environment, Security::Tls),
        None if has_sent_by_smtp => Err(vec![format!(
            "SMTP_LOGIN and SMTP_PASSWORD: expected both, because mails left from this data folder before, found \
             neither; {SET_OR_STAY}"
        )]),
        None if !listens_on_loopback => Err(vec![format!(
            "SMTP_LOGIN and SMTP_PASSWORD: expected both, because others than this machine can reach the server, \
             found neither; {SET_OR_STAY}"
        )]),
        Some(MailMode::Inbox) | None => Ok(inbox(config, environment)),
    }
}

const SET_OR_STAY: &str =
    "set them, or set \"mail\" to \"inbox\" in the config if mails are to stay on this machine";

fn inbox(config: &Config, environment: &Environment) -> MailRoute {
    MailRoute::Inbox { from: sender(config, environment).unwrap_or_else(|| INBOX_FROM.to_owned()) }
}

fn smtp(config: &Config, environment: &Environment, security: Security) -> Result<MailRoute, Vec<String>> {
    let mut errors = Vec::new();
    if security == Security::Plain && !is_this_machine(&environment.smtp_server) {
        let server = quoted(&environment.smtp_server);
        errors.push(format!(
            "SMTP_SERVER: expected localhost, 127.0.0.1 or ::1, because \"mail\" is \"plain\" in the config, found \
             {server}; set it, or set \"mail\" to \"smtp\" or \"starttls\""
        ));
    }
    let credentials = match (&environment.smtp_login, &environment.smtp_password) {
        (Some(login), Some(password)) => Some((login.clone(), password.clone())),
        (Some(_), None) => {
            errors.push("SMTP_PASSWORD: expected one for SMTP_LOGIN, found none; set it".to_owned());
            None
        }
        (None, Some(_)) => {
            errors.push("SMTP_LOGIN: expected one for SMTP_PASSWORD, found none; set it".to_owned());
            None
        }
        (None, None) if security == Security::Plain => None,
        (None, None) => {
            errors.push(format!("SMTP_LOGIN and SMTP_PASSWORD: expected both, found neither; {SET_OR_STAY}"));
            None
        }
    };
    let from = sender(config, environment);
    // A login that is missing where one is needed has been told already.
    if from.is_none() && (environment.smtp_login.is_some() || errors.is_empty()) {
        errors.push(
            "mail_from: expected the sender's address in the config, because SMTP_LOGIN is none, found nothing; set it"
                .to_owned(),
        );
    }
    match from {
        Some(from) if errors.is_empty() => Ok(MailRoute::Smtp(SmtpSettings {
            server: environment.smtp_server.clone(),
            port: environment.smtp_port.unwrap_or(usual_port(security)),
            security,
            credentials,
            from,
            extra_ca: environment.extra_ca.clone(),
        })),
        Some(_) | None => Err(errors),
    }
}

/// Returns the sender's address: what the config says, or a login that is one.
fn sender(config: &Config, environment: &Environment) -> Option<String> {
    let login = environment.smtp_login.clone().filter(|login| is_address(login));
    config.mail_from.clone().or(login)
}

fn usual_port(security: Security) -> u16 {
    match security {
        Security::Tls => 465,
        Security::StartTls => 587,
        Security::Plain => 25,
    }
}

fn is_this_machine(server: &str) -> bool {
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    server.eq_ignore_ascii_case("localhost") || server.parse().is_ok_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::io;

    /// Says where mail goes on a fresh data folder behind a loopback address.
    fn route(keys: &str, variables: &[(&str, &str)]) -> Result<MailRoute, Vec<String>> {
        route_at(keys, variables, true, false)
    }

    fn route_at(
        keys: &str,
        variables: &[(&str, &str)],
        listens_on_loopback: bool,
        has_sent_by_smtp: bool,
    ) -> Result<MailRoute, Vec<String>> {
        let text = format!("{{{keys}\"users\": {{}}}}");
        let no_file = |_: &std::path::Path| Err(io::Error::other("not there"));
        let config = crate::config::parse("c", &text, &no_file).unwrap();
        let look_up = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        let environment = Environment::read(&look_up, &no_file).unwrap();
        mail_route(&config, &environment, listens_on_loopback, has_sent_by_smtp)
    }

    fn settings(route: Result<MailRoute, Vec<String>>) -> SmtpSettings {
        match route {
            Ok(MailRoute::Smtp(settings)) => settings,
            other => panic!("expected a mail server, found {other:?}"),
        }
    }

    const LOGIN: (&str, &str) = ("SMTP_LOGIN", "me@example.org");
    const PASSWORD: (&str, &str) = ("SMTP_PASSWORD", "secret");

    #[test]
    fn the_environment_of_the_original_means_tls_to_its_server() {
        for keys in ["", "\"mail\": \"smtp\","] {
            for listens_on_loopback in [true, false] {
                let expected = SmtpSettings {
                    server: "smtp.gmail.com".to_owned(),
                    port: 465,
                    security: Security::Tls,
                    credentials: Some(("me@example.org".to_owned(), Secret::new("secret"))),
                    from: "me@example.org".to_owned(),
                    extra_ca: None,
                };
                assert_eq!(settings(route_at(keys, &[LOGIN, PASSWORD], listens_on_loopback, true)), expected);
            }
        }
    }

    #[test]
    fn a_first_try_without_credentials_keeps_mails_here() {
        let inbox = MailRoute::Inbox { from: "ping-listener@localhost".to_owned() };
        assert_eq!(route("", &[]), Ok(inbox));
    }

    #[test]
    fn lost_credentials_never_keep_alerts_here_in_silence() {
        let sent_before = route_at("", &[], true, true).unwrap_err();
        assert_eq!(
            sent_before,
            [
                "SMTP_LOGIN and SMTP_PASSWORD: expected both, because mails left from this data folder before, found \
              neither; set them, or set \"mail\" to \"inbox\" in the config if mails are to stay on this machine"
            ]
        );
        let reachable = route_at("", &[], false, false).unwrap_err();
        assert_eq!(
            reachable,
            [
                "SMTP_LOGIN and SMTP_PASSWORD: expected both, because others than this machine can reach the server, \
              found neither; set them, or set \"mail\" to \"inbox\" in the config if mails are to stay on this \
              machine"
            ]
        );
    }

    #[test]
    fn one_credential_without_the_other_is_an_error() {
        let half = route("", &[LOGIN]).unwrap_err();
        assert_eq!(half, ["SMTP_PASSWORD: expected one for SMTP_LOGIN, found none; set it"]);
        let half = route("", &[PASSWORD]).unwrap_err();
        assert_eq!(half, ["SMTP_LOGIN: expected one for SMTP_PASSWORD, found none; set it"]);
    }

    #[test]
    fn who_says_smtp_means_it() {
        for mail in ["smtp", "starttls"] {
            let errors = route(&format!("\"mail\": \"{mail}\","), &[]).unwrap_err();
            assert_eq!(
                errors,
                [
                    "SMTP_LOGIN and SMTP_PASSWORD: expected both, found neither; set them, or set \"mail\" to \"inbox\" \
                  in the config if mails are to stay on this machine"
                ]
            );
        }
    }

    #[test]
    fn who_says_inbox_gets_it_anywhere() {
        let keys = "\"mail\": \"inbox\",";
        let inbox = |from: &str| Ok(MailRoute::Inbox { from: from.to_owned() });
        assert_eq!(route_at(keys, &[LOGIN, PASSWORD], false, true), inbox("me@example.org"));
        assert_eq!(route_at(keys, &[LOGIN], false, true), inbox("me@example.org"));
        assert_eq!(route_at(keys, &[("SMTP_LOGIN", "me")], false, true), inbox(INBOX_FROM));
    }

    #[test]
    fn a_login_that_is_no_address_needs_a_sender() {
        let variables = [("SMTP_LOGIN", "apikey"), PASSWORD];
        let errors = route("", &variables).unwrap_err();
        assert_eq!(
            errors,
            [
                "mail_from: expected the sender's address in the config, because SMTP_LOGIN is none, found nothing; set it"
            ]
        );
        let from = settings(route("\"mail_from\": \"alerts@example.org\",", &variables)).from;
        assert_eq!(from, "alerts@example.org");
    }

    #[test]
    fn plain_text_stays_on_this_machine() {
        let keys = "\"mail\": \"plain\", \"mail_from\": \"me@example.org\",";
        for server in ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            let found = settings(route(keys, &[("SMTP_SERVER", server)]));
            assert_eq!(
                (found.security, found.port, found.credentials),
                (Security::Plain, 25, None),
                "{server}"
            );
        }
        for server in ["", "mail.example.org", "localhost.example.org", "10.0.0.1"] {
            let errors = route(keys, &[("SMTP_SERVER", server)]).unwrap_err();
            assert!(errors[0].starts_with("SMTP_SERVER: expected localhost, 127.0.0.1 or ::1"), "{errors:?}");
        }
        let errors = route("\"mail\": \"plain\",", &[("SMTP_SERVER", "localhost")]).unwrap_err();
        assert!(errors[0].starts_with("mail_from: expected the sender's address"), "{errors:?}");
    }

    #[test]
    fn starttls_has_its_own_port_unless_one_is_set() {
        let keys = "\"mail\": \"starttls\",";
        let found = settings(route(keys, &[LOGIN, PASSWORD, ("SSL_CERT_FILE", "/ca.pem")]));
        assert_eq!((found.security, found.port), (Security::StartTls, 587));
        assert_eq!(found.extra_ca, Some(PathBuf::from("/ca.pem")));
        assert_eq!(settings(route(keys, &[LOGIN, PASSWORD, ("SMTP_PORT", "2525")])).port, 2525);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let errors = route("\"mail\": \"plain\",", &[("SMTP_LOGIN", "me")]).unwrap_err();
        let subjects: Vec<&str> = errors.iter().filter_map(|error| error.split(':').next()).collect();
        assert_eq!(subjects, ["SMTP_SERVER", "SMTP_PASSWORD", "mail_from"]);
    }
}
