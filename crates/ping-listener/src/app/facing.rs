//! What the pages and health are told about the server.

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::Common;
use crate::config::Config;
use crate::config::environment::Environment;
use crate::config::secret::Secret;
use crate::web::words::banners as words;
use crate::web::{Banner, Keys, Notices, Setting, Urgency};

/// The server as its readers see it.
pub(super) struct Facing {
    common: Common,
    environment_token: Option<Secret>,
    origin: String,
    mail: String,
}

impl Facing {
    pub(super) fn new(common: &Common, environment: &Environment, origin: String, mail: String) -> Self {
        Self { common: common.clone(), environment_token: environment.metrics_token.clone(), origin, mail }
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
        let mut say = |name: &str, value: String| settings.push(Setting { name: name.to_owned(), value });
        say("config", self.origin.clone());
        say("mail goes to", self.mail.clone());
        say("base_frequency", config.base_frequency.to_string());
        say("email_processing_frequency", config.email_processing_frequency.to_string());
        say("public_url", config.public_url.clone().unwrap_or_else(|| "not set".to_owned()));
        say("history_days", config.history_days.to_string());
        say("restart_tolerance", config.restart_tolerance.to_string());
        say("digest_over", config.digest_over.to_string());
        say("ping_body_limit", config.ping_body_limit.to_string());
        say("trusted_proxies", config.trusted_proxies.len().to_string());
        say("heartbeat_url", set_or_not(config.heartbeat_url.as_ref()));
        say("metrics_token", set_or_not(self.token(&config)));
        say("users without a ping_key", self.common.store.open_checks().to_string());
        settings
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

fn set_or_not(secret: Option<&Secret>) -> String {
    if secret.is_some() { "set" } else { "not set" }.to_owned()
}
