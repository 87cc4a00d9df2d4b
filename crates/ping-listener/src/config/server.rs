//! The keys of the config that are not about a single user, and the reading of the whole.

use std::path::Path;
use std::sync::Arc;

use domain::time::Span;

use super::error::{ConfigErrors, Findings, KeyPath, quoted};
use super::json::{Entered, Item, Key as WrittenKey, Reader, SyntaxError, Value};
use super::kind::{Kind, NETWORKS_MAX, SecretRule};
use super::network::Network;
use super::recipients::{Lists, Recipients, address};
use super::reference::{
    DIGEST_OVER, HISTORY_DAYS, Key, PING_BODY_LIMIT, RESTART_TOLERANCE, SERVER_KEYS, USER_KEYS, Unset,
};
use super::users::{Defaults, Desk, Users};
use super::value::{Slot, is_link_prefix};
use super::{Config, ReadFile};

/// More is more than any table of keys holds.
const KEYS_MAX: usize = 20;
const _: () = assert!(SERVER_KEYS.len() <= KEYS_MAX && USER_KEYS.len() <= KEYS_MAX);

/// What is used where the file says nothing.
fn defaults() -> Config {
    Config {
        server_root: None,
        public_url: None,
        base_frequency: Span::from_seconds(1),
        email_processing_frequency: Span::from_seconds(1),
        mail: None,
        mail_from: None,
        trusted_proxies: Vec::new(),
        history_days: 400.0,
        restart_tolerance: 2.0,
        digest_over: 20,
        ping_body_limit: 100_000,
        heartbeat_url: None,
        metrics_token: None,
        recipients: Arc::new([]),
        users: Vec::new(),
        given: Vec::new(),
        notices: Vec::new(),
    }
}

pub(super) fn parse(file_name: &str, text: &str, read_file: ReadFile<'_>) -> Result<Config, ConfigErrors> {
    // Editors on Windows begin a file with it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut findings = Findings::default();
    let folder = Path::new(file_name).parent().unwrap_or(Path::new(""));
    let mut lists = Lists::default();
    let mut desk = Desk { findings: &mut findings, lists: &mut lists, folder, read_file };
    let config = match Draft::read(&mut Reader::new(text), &mut desk) {
        Ok(Some(draft)) => Some(draft.finish(&mut findings)),
        Ok(None) => None,
        Err(error) => {
            findings.error(error.offset, KeyPath::ROOT, error.message);
            None
        }
    };
    match config {
        Some(mut config) if !findings.has_errors() => {
            config.notices = findings.into_notices(file_name, text);
            Ok(config)
        }
        Some(_) | None => Err(findings.into_errors(file_name, text)),
    }
}

/// A config of which some keys may still be to come.
struct Draft<'a> {
    config: Config,
    users: Users<'a>,
    recipients: Option<Arc<[Box<str>]>>,
    notify_recovery: bool,
    /// Where `server_root` stands.
    server_root_at: Option<usize>,
}

impl<'a> Draft<'a> {
    /// Reads the whole text; `None` when it is no object, which has been reported.
    fn read(reader: &mut Reader<'a>, desk: &mut Desk<'_>) -> Result<Option<Self>, SyntaxError> {
        let mut object = match reader.enter_object()? {
            Entered::Object(object) => object,
            Entered::Other(item) => {
                reader.end()?;
                Slot { findings: desk.findings, path: KeyPath::ROOT }
                    .refuse(&item, "an object with the key \"users\"");
                return Ok(None);
            }
        };
        let mut draft = Draft {
            config: defaults(),
            users: Users::new(reader.len()),
            recipients: None,
            notify_recovery: false,
            server_root_at: None,
        };
        let mut keys = Keys::new(SERVER_KEYS, KeyPath::ROOT);
        while let Some(key) = reader.next_key(&mut object)? {
            let is_known = keys.admit(&key, desk.findings);
            if is_known && key.name == "users" {
                draft.read_users(reader, desk)?;
                continue;
            }
            let item = reader.value()?;
            if is_known {
                draft.take(KeyPath::ROOT.key(&key.name), &item, desk);
            }
        }
        reader.end()?;
        keys.miss_required(object.offset, desk.findings);
        let names = SERVER_KEYS.iter().map(|key| key.name);
        draft.config.given = names.filter(|key| keys.has(key)).collect();
        keys.refuse_both("metrics_token", "metrics_token_file", object.offset, desk.findings);
        Ok(Some(draft))
    }

    fn read_users(&mut self, reader: &mut Reader<'a>, desk: &mut Desk<'_>) -> Result<(), SyntaxError> {
        match reader.enter_object()? {
            Entered::Object(mut object) => self.users.read(reader, &mut object, desk),
            Entered::Other(item) => {
                let path = KeyPath::ROOT.key("users");
                Slot { findings: desk.findings, path }.refuse(&item, Kind::Users);
                Ok(())
            }
        }
    }

    /// Takes the value of a key that is known to be one of the server's; keeps the default when it does not fit.
    fn take(&mut self, path: KeyPath<'_>, item: &Item<'_>, desk: &mut Desk<'_>) {
        let mut slot = Slot { findings: desk.findings, path };
        let config = &mut self.config;
        match path.key.unwrap_or_default() {
            "server_root" => self.server_root_at = take_server_root(config, &mut slot, item),
            "base_frequency" => {
                config.base_frequency = slot.seconds(item).map_or(config.base_frequency, |(span, _)| span);
            }
            "email_processing_frequency" => {
                config.email_processing_frequency =
                    slot.seconds(item).map_or(config.email_processing_frequency, |(span, _)| span);
            }
            "recipient" => {
                self.recipients = match desk.lists.take(&mut slot, item) {
                    Recipients::Listed(list) => Some(list),
                    Recipients::Default => None,
                };
            }
            "public_url" => config.public_url = slot.link_prefix(item),
            "mail" => config.mail = slot.mail_mode(item),
            "mail_from" => config.mail_from = address(&mut slot, item).map(String::from),
            "trusted_proxies" => config.trusted_proxies = take_networks(&mut slot, item),
            "history_days" => {
                config.history_days = slot.number(item, HISTORY_DAYS).unwrap_or(config.history_days);
            }
            "restart_tolerance" => {
                config.restart_tolerance =
                    slot.number(item, RESTART_TOLERANCE).unwrap_or(config.restart_tolerance);
            }
            "digest_over" => {
                config.digest_over = slot.whole(item, DIGEST_OVER).unwrap_or(config.digest_over);
            }
            "ping_body_limit" => {
                config.ping_body_limit = slot.whole(item, PING_BODY_LIMIT).unwrap_or(config.ping_body_limit);
            }
            "heartbeat_url" => config.heartbeat_url = slot.secret_url(item),
            "metrics_token" => config.metrics_token = slot.secret(item, SecretRule::Token),
            "metrics_token_file" => {
                config.metrics_token = slot.secret_file(item, SecretRule::Token, desk.folder, desk.read_file);
            }
            "notify_recovery" => self.notify_recovery = slot.boolean(item).unwrap_or(self.notify_recovery),
            key => unreachable!("{key} is in SERVER_KEYS and has no arm here"),
        }
    }

    fn finish(self, findings: &mut Findings) -> Config {
        let mut config = self.config;
        if let Some(offset) = self.server_root_at {
            let path = KeyPath::ROOT.key("server_root");
            let message = match (&config.public_url, &config.server_root) {
                (Some(_), _) => "deprecated, and not used because public_url is set",
                (None, Some(_)) => "deprecated; rename it to public_url",
                (None, None) => "deprecated, and not used because it is no http or https URL; set public_url",
            };
            findings.notice(offset, path, message);
        }
        config.recipients = self.recipients.clone().unwrap_or_default();
        let defaults = Defaults { recipients: self.recipients, notify_recovery: self.notify_recovery };
        config.users = self.users.finish(&defaults, findings);
        config
    }
}

/// Takes the deprecated prefix and returns where it stands; the original took any string and then overwrote it.
fn take_server_root(config: &mut Config, slot: &mut Slot<'_>, item: &Item<'_>) -> Option<usize> {
    match &item.value {
        Value::Null => None,
        Value::Text(text) if text.is_empty() => None,
        Value::Text(text) => {
            config.server_root = is_link_prefix(text).then(|| text.trim_end_matches('/').to_owned());
            Some(item.offset)
        }
        Value::Boolean(_) | Value::Number(_) | Value::List(_) | Value::Object => {
            slot.refuse(item, Kind::OldLinkPrefix);
            None
        }
    }
}

fn take_networks(slot: &mut Slot<'_>, item: &Item<'_>) -> Vec<Network> {
    let items = if let Value::List(items) = &item.value { Some(items) } else { None };
    let Some(items) = items.filter(|items| items.len() <= NETWORKS_MAX) else {
        slot.refuse(item, Kind::Networks);
        return Vec::new();
    };
    let mut networks = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match item.value.as_text().unwrap_or_default().parse() {
            Ok(network) => networks.push(network),
            Err(_) => Slot { findings: slot.findings, path: slot.path.index(index) }
                .refuse(item, "an address such as \"10.0.0.1\" or a network such as \"10.0.0.0/8\""),
        }
    }
    networks
}

/// Tells whether a key is a note to the reader of the file.
pub(super) fn is_note(key: &str) -> bool {
    key.starts_with('_') || key.starts_with("//") || key == "comment"
}

/// Which keys an object may have, and which it had so far.
pub(super) struct Keys<'p> {
    known: &'static [Key],
    /// The line of each known key; 0 before it was met.
    lines: [u32; KEYS_MAX],
    place: KeyPath<'p>,
}

impl<'p> Keys<'p> {
    pub(super) fn new(known: &'static [Key], place: KeyPath<'p>) -> Self {
        Self { known, lines: [0; KEYS_MAX], place }
    }

    /// Tells whether the value of `key` is to be taken; reports it when it is unknown or comes again.
    pub(super) fn admit(&mut self, key: &WrittenKey<'_>, findings: &mut Findings) -> bool {
        let path = self.place.key(&key.name);
        match self.known.iter().zip(&mut self.lines).find(|(known, _)| known.name == key.name) {
            Some((_, line)) if *line == 0 => {
                *line = key.line;
                return true;
            }
            Some((_, first)) => {
                let message = format!("given twice, on line {first} and on line {}", key.line);
                findings.error(key.offset, path, message);
            }
            None if is_note(&key.name) => {}
            None => findings.error(key.offset, path, self.unknown(&key.name)),
        }
        false
    }

    /// Tells whether a key was met.
    pub(super) fn has(&self, key: &str) -> bool {
        self.known.iter().zip(self.lines).any(|(known, line)| known.name == key && line != 0)
    }

    /// Reports each key that has to be there and is not; `offset` is where it should be.
    pub(super) fn miss_required(&self, offset: usize, findings: &mut Findings) {
        let missing = self.known.iter().filter(|key| key.unset == Unset::Refused && !self.has(key.name));
        for key in missing {
            Slot { findings, path: self.place.key(key.name) }.missing(offset, key.kind);
        }
    }

    /// Reports when a secret was given both in the config and as a file.
    pub(super) fn refuse_both(&self, key: &str, file_key: &str, offset: usize, findings: &mut Findings) {
        if self.has(key) && self.has(file_key) {
            let message =
                format!("expected only one of {} and {}, found both", quoted(key), quoted(file_key));
            findings.error(offset, self.place.key(file_key), message);
        }
    }

    fn unknown(&self, key: &str) -> String {
        let (others, owner) = if self.place.user.is_some() {
            (SERVER_KEYS, "the server, beside \"users\"")
        } else {
            (USER_KEYS, "a user")
        };
        if others.iter().any(|other| other.name == key) {
            return format!("unknown key here; it belongs to {owner}");
        }
        match nearest(key, self.known) {
            Some(known) => format!("unknown key; did you mean {}?", quoted(known)),
            None => "unknown key".to_owned(),
        }
    }
}

/// Returns the known key that was most likely meant, if one is near.
fn nearest(key: &str, known: &[Key]) -> Option<&'static str> {
    /// No known key is as long, and the search takes time by the square of the length.
    const KEY_BYTES_MAX: usize = 40;
    if KEY_BYTES_MAX < key.len() {
        return None;
    }
    let key = key.to_ascii_lowercase().replace(['-', ' '], "_");
    known
        .iter()
        .map(|known| (strsim::osa_distance(&key, known.name), known.name))
        .filter(|(distance, known)| *distance <= known.len().div_ceil(4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_suggested_only_when_it_is_near() {
        assert_eq!(nearest("max_slep", USER_KEYS), Some("max_sleep"));
        assert_eq!(nearest("Max-Sleep", USER_KEYS), Some("max_sleep"));
        assert_eq!(nearest("mointor", USER_KEYS), Some("monitor"));
        assert_eq!(nearest("email_freqency", USER_KEYS), Some("email_frequency"));
        assert_eq!(nearest("colour", USER_KEYS), None);
        assert_eq!(nearest("", USER_KEYS), None);
        assert_eq!(nearest(&"max_sleep".repeat(1_000), USER_KEYS), None);
    }
}
