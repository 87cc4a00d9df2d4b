//! What the pages and health are told about the server.

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::Common;
use crate::config::Config;
use crate::config::environment::{Environment, SMTP_SERVER};
use crate::config::secret::Secret;
use crate::web::words::banners as words;
use crate::web::words::settings as shown;
use crate::web::{Banner, Keys, MailTrouble, MailWay, Notices, Running, Setting, Source, Urgency};

/// The server as its readers see it.
pub(super) struct Facing {
    common: Common,
    environment_token: Option<Secret>,
    environment: Vec<Setting>,
    origin: String,
    mail: String,
    /// The environment says by which server mails leave.
    has_mail_login: bool,
    started: jiff::Timestamp,
}

impl Facing {
    pub(super) fn new(common: &Common, environment: &Environment, origin: String, mail: String) -> Self {
        Self {
            common: common.clone(),
            environment_token: environment.metrics_token.clone(),
            environment: said_by(environment),
            origin,
            mail,
            has_mail_login: environment.smtp_login.is_some(),
            started: common.clock.wall_now(),
        }
    }
}

impl Notices for Facing {
    fn banners(&self) -> Vec<Banner> {
        let report = self.common.bulletin.report();
        let store = &self.common.store;
        let mut banners = Vec::new();
        let mut say = |urgency, text: String, public| banners.push(Banner { urgency, text, public });
        if store.is_full() {
            say(Urgency::Trouble, words::DISK_FULL.to_owned(), Some(words::DISK_FULL_PUBLIC));
        }
        if let Some(trouble) = report.mail_trouble {
            say(Urgency::Trouble, words::mails_stuck(&trouble), Some(words::MAILS_STUCK_PUBLIC));
        }
        if let Some(error) = report.config_error {
            say(Urgency::Trouble, words::config_refused(&error), None);
        }
        if report.is_clock_untrusted {
            say(Urgency::Warning, words::CLOCK.to_owned(), None);
        }
        if 0 < store.refused_recipients() {
            say(Urgency::Trouble, words::recipients_refused(store.refused_recipients()), None);
        }
        if 0 < store.unknown_mails() {
            say(Urgency::Trouble, words::mails_unknown(store.unknown_mails()), None);
        }
        if report.mails_stay_here {
            say(Urgency::Warning, words::MAILS_STAY.to_owned(), Some(words::MAILS_STAY_PUBLIC));
        }
        if store.is_low() && !store.is_full() {
            say(Urgency::Warning, words::DISK_LOW.to_owned(), None);
        }
        banners
    }

    fn settings(&self) -> Vec<Setting> {
        let config = self.common.config.load();
        let mut settings = Vec::new();
        let mut say = |name: &str, value: String, source| {
            settings.push(Setting { name: name.to_owned(), value, source });
        };
        let of_file = |name: &str| if config.given.contains(&name) { Source::File } else { Source::Default };
        let recipients = if config.recipients.is_empty() {
            shown::NOT_SET.to_owned()
        } else {
            config.recipients.join(", ")
        };
        let is_token_outside = self.environment_token.is_some();
        let token_source = if is_token_outside { Source::Environment } else { of_file("metrics_token") };
        let heartbeat = set_or_not(config.heartbeat_url.is_some());
        let token = set_or_not(self.token(&config).is_some());
        let proxies = config.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let proxies = if proxies.is_empty() { shown::NOT_SET.to_owned() } else { proxies };
        let public_url = config.public_url.clone().unwrap_or_else(|| shown::NOT_SET.to_owned());
        say("recipient", recipients, of_file("recipient"));
        let mail_source = match of_file("mail") {
            Source::Default if self.has_mail_login => Source::Environment,
            source @ (Source::File | Source::Environment | Source::Default) => source,
        };
        say("mail", self.mail.clone(), mail_source);
        for (name, value) in [
            ("public_url", public_url),
            ("base_frequency", config.base_frequency.to_string()),
            ("email_processing_frequency", config.email_processing_frequency.to_string()),
            ("history_days", config.history_days.to_string()),
            ("restart_tolerance", config.restart_tolerance.to_string()),
            ("digest_over", config.digest_over.to_string()),
            ("ping_body_limit", config.ping_body_limit.to_string()),
            ("trusted_proxies", proxies),
            ("heartbeat_url", heartbeat),
        ] {
            say(name, value, of_file(name));
        }
        say("metrics_token", token, token_source);
        settings
    }

    fn environment(&self) -> Vec<Setting> {
        self.environment.clone()
    }

    fn mail_way(&self) -> MailWay {
        let report = self.common.bulletin.report();
        let (since, next_try) = (report.mail_trouble_since, report.mail_next_try);
        let trouble = report.mail_trouble.map(|words| MailTrouble { words, since, next_try });
        MailWay { words: self.mail.clone(), is_inbox: report.mails_stay_here, trouble }
    }

    fn running(&self) -> Running {
        let report = self.common.bulletin.report();
        Running {
            origin: self.origin.clone(),
            started: self.started,
            reloaded: report.reloaded_at,
            config_error: report.config_error,
            config_notices: self.common.config.load().notices.clone(),
        }
    }

    fn history_days(&self) -> f64 {
        self.common.config.load().history_days
    }
}

impl Keys for Facing {
    fn metrics_token(&self) -> Option<[u8; 32]> {
        let config = self.common.config.load();
        self.token(&config).map(|token| Sha256::digest(token.reveal().as_bytes()).into())
    }

    fn is_signed(&self, name: &str, date: Date, signature: &str) -> bool {
        self.common.links.load().is_signed(name, date, signature)
    }
}

impl Facing {
    /// Returns what is not as one might think, in words that anybody may hear.
    pub(super) fn troubles(&self) -> Vec<String> {
        let report = self.common.bulletin.report();
        let store = &self.common.store;
        [
            (report.mails_stay_here, "mails stay on this machine"),
            (report.mail_trouble.is_some(), "mails are not going out"),
            (0 < store.refused_recipients(), "the mail server refused recipients for good"),
            (0 < store.unknown_mails(), "mails of an unknown kind were given up"),
            (report.config_error.is_some(), "the changed config was refused"),
            (report.is_clock_untrusted, "the clock cannot be believed yet"),
            (store.is_low(), "there is little room on the disk"),
        ]
        .into_iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, words)| words.to_owned())
        .collect()
    }

    fn token<'s>(&'s self, config: &'s Config) -> Option<&'s Secret> {
        self.environment_token.as_ref().or(config.metrics_token.as_ref())
    }
}

fn set_or_not(is_set: bool) -> String {
    if is_set { shown::SET } else { shown::NOT_SET }.to_owned()
}

/// Lists what the environment says, without secrets.
fn said_by(environment: &Environment) -> Vec<Setting> {
    let secret = |secret: &Option<Secret>| secret.as_ref().map(|_| shown::SET.to_owned());
    let said = [
        ("TESTING_PASSWORD", secret(&environment.testing_password)),
        ("SMTP_SERVER", Some(environment.smtp_server.clone()).filter(|server| server != SMTP_SERVER)),
        ("SMTP_PORT", environment.smtp_port.map(|port| port.to_string())),
        ("SMTP_LOGIN", environment.smtp_login.clone()),
        ("SMTP_PASSWORD", secret(&environment.smtp_password)),
        ("SSL_CERT_FILE", environment.extra_ca.as_ref().map(|path| path.display().to_string())),
        ("PING_LISTENER_METRICS_TOKEN", secret(&environment.metrics_token)),
        ("PING_LISTENER_API_KEY", secret(&environment.api_key)),
        ("PING_LISTENER_API_KEY_READONLY", secret(&environment.api_key_readonly)),
        ("PING_LISTENER_PING_KEY", secret(&environment.ping_key)),
        ("PING_LISTENER_METRICS_KEY", secret(&environment.metrics_key)),
    ];
    let setting = |(name, value): (&str, Option<String>)| {
        let source = if value.is_some() { Source::Environment } else { Source::Default };
        let default = if name == "SMTP_SERVER" { SMTP_SERVER } else { shown::NOT_SET };
        Setting { name: name.to_owned(), value: value.unwrap_or_else(|| default.to_owned()), source }
    };
    said.into_iter().map(setting).collect()
}
