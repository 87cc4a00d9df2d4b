//! The config file of a run: its text, as somebody edits it again and again.

use std::fmt::Write as _;

use domain::time::Span;
use ping_listener::config::{self, Config};

use crate::dice::Dice;
use crate::history::{self, Check, Declared, Recipient};
use crate::weather::{SECOND, Weather};

/// The file, as far as it changes.
#[derive(Clone, Debug)]
pub(crate) struct ConfigFile {
    users: Vec<User>,
    base_frequency: i64,
    tolerance: f64,
    digest_over: i64,
    max_sleep: (i64, i64),
    recipients: usize,
    pairs: f64,
}

/// One user; a user who was taken out keeps what the file said.
#[expect(clippy::struct_excessive_bools, reason = "a line of a config file has so many switches")]
#[derive(Clone, Debug)]
struct User {
    is_in: bool,
    is_monitored: bool,
    max_sleep: i64,
    email_frequency: i64,
    refreshes: bool,
    notifies_recovery: bool,
    recipients: Vec<usize>,
}

/// Who is told of the jobs, and of nothing else.
pub(crate) const JOBS_ADDRESS: &str = "jobs@example.org";

/// Returns the name of a user.
#[must_use]
pub(crate) fn name(check: Check) -> String {
    format!("user{}", check.0)
}

/// Returns the address of a recipient.
#[must_use]
pub(crate) fn address(recipient: usize) -> String {
    format!("r{recipient}@example.org")
}

/// Finds the recipient of an address.
#[must_use]
pub(crate) fn recipient_of(address: &str) -> Recipient {
    let digits = address.trim_start_matches('r').split('@').next();
    Recipient(digits.and_then(|digits| digits.parse().ok()).unwrap_or(u32::MAX))
}

/// Finds the check of a name.
#[must_use]
pub(crate) fn check_of(name: &str) -> Check {
    Check(name.trim_start_matches("user").parse().unwrap_or(u32::MAX))
}

impl ConfigFile {
    /// Writes the first one.
    #[must_use]
    pub(crate) fn choose(weather: &Weather, dice: &mut Dice) -> Self {
        let mut file = Self {
            users: Vec::new(),
            base_frequency: weather.base_frequency,
            tolerance: weather.tolerance,
            digest_over: weather.digest_over,
            max_sleep: weather.scale.max_sleep,
            recipients: weather.recipients,
            pairs: weather.pairs,
        };
        for _ in 0..weather.users {
            let user = file.user(dice);
            file.users.push(user);
        }
        file
    }

    /// Edits something.
    pub(crate) fn edit(&mut self, dice: &mut Dice) {
        let place = usize::try_from(dice.bits()).unwrap_or(0) % self.users.len();
        let fresh = self.user(dice);
        let kept = self.users.iter().filter(|user| user.is_in).count();
        let user = &mut self.users[place];
        match dice.between(0, 11) {
            0..=2 => user.max_sleep = fresh.max_sleep,
            3 | 4 => user.is_monitored = !user.is_monitored,
            5 => user.email_frequency = fresh.email_frequency,
            6 => user.refreshes = !user.refreshes,
            7 => user.notifies_recovery = !user.notifies_recovery,
            8 => user.recipients = fresh.recipients,
            // A config without users is refused before it comes to the store.
            9 | 10 => user.is_in = !user.is_in || kept < 2,
            // Whoever cuts the file off by accident is stopped, if there were many.
            _ => self.users.iter_mut().skip(1).for_each(|user| user.is_in = !user.is_in),
        }
    }

    /// Puts everybody back whom an accident took out.
    pub(crate) fn restore(&mut self) {
        self.users.iter_mut().for_each(|user| user.is_in = true);
    }

    /// Returns the text.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "{{\"recipient\": \"{}\", \"base_frequency\": {}, \"email_processing_frequency\": 0, \
             \"restart_tolerance\": {}, \"digest_over\": {}, \"users\": {{",
            JOBS_ADDRESS,
            seconds(self.base_frequency),
            self.tolerance,
            self.digest_over
        );
        let mut comma = "";
        for (place, user) in self.users.iter().enumerate().filter(|(_, user)| user.is_in) {
            let addresses: Vec<String> =
                user.recipients.iter().map(|&recipient| format!("\"{}\"", address(recipient))).collect();
            let _ = write!(
                text,
                "{comma}\"user{place}\": {{\"monitor\": {}, \"max_sleep\": {}, \"email_frequency\": {}, \
                 \"refresh_on_ping_restored\": {}, \"notify_recovery\": {}, \"device_email\": [{}]}}",
                user.is_monitored,
                seconds(user.max_sleep),
                seconds(user.email_frequency),
                user.refreshes,
                user.notifies_recovery,
                addresses.join(", ")
            );
            comma = ", ";
        }
        text + "}}"
    }

    /// Reads it as the server does.
    ///
    /// # Panics
    ///
    /// When the server refuses it: the simulator writes no bad configs.
    #[must_use]
    pub(crate) fn parse(&self) -> Config {
        let no_files = |_: &std::path::Path| Err(std::io::Error::other("there are no files here"));
        match config::parse("config.json", &self.text(), &no_files) {
            Ok(config) => config,
            Err(errors) => panic!("the simulator wrote a bad config: {errors}"),
        }
    }

    /// Says it in the words of the history.
    #[must_use]
    pub(crate) fn declared(&self, sign_of_life: i64) -> history::Config {
        let checks = self.users.iter().enumerate().filter(|(_, user)| user.is_in).map(|(place, user)| {
            let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
            Declared {
                check: Check(number(place)),
                monitor: user.is_monitored,
                max_sleep: Span::from_micros(user.max_sleep),
                email_frequency: Span::from_micros(user.email_frequency),
                refresh_on_ping_restored: user.refreshes,
                notify_recovery: user.notifies_recovery,
                recipients: user.recipients.iter().map(|&place| Recipient(number(place))).collect(),
            }
        });
        history::Config {
            sign_of_life: Span::from_micros(sign_of_life),
            base_frequency: Span::from_micros(self.base_frequency),
            restart_tolerance: self.tolerance,
            digest_over: usize::try_from(self.digest_over).unwrap_or(1),
            checks: checks.collect(),
        }
    }

    fn user(&self, dice: &mut Dice) -> User {
        let max_sleep = round(dice.spread(self.max_sleep.0, self.max_sleep.1));
        let first = usize::try_from(dice.bits()).unwrap_or(0) % self.recipients;
        let mut recipients = vec![first];
        if dice.chance(self.pairs) && 1 < self.recipients {
            recipients.push((first + 1) % self.recipients);
        }
        User {
            is_in: true,
            is_monitored: dice.chance(0.85),
            max_sleep,
            email_frequency: *dice.pick(&[max_sleep / 4, max_sleep, 3 * max_sleep, 20 * max_sleep]) / SECOND
                * SECOND,
            refreshes: dice.chance(0.7),
            notifies_recovery: dice.chance(0.4),
            recipients,
        }
    }
}

/// Keeps to tenths of a second, as people do.
fn round(micros: i64) -> i64 {
    (micros / (SECOND / 10)).max(1) * (SECOND / 10)
}

fn seconds(micros: i64) -> String {
    format!("{}.{:06}", micros / SECOND, micros % SECOND)
}
