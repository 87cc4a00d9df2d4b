//! The users of the config, one after the other.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use domain::time::Span;

use super::error::{Findings, KeyPath, quoted};
use super::json::{Entered, Item, Key, OpenObject, Reader, SyntaxError};
use super::recipients::{Lists, Recipients};
use super::secret::{KeyDigest, Secret};
use super::server::{Keys, is_note};
use super::value::{BOOLEAN, SECONDS, SecretRule, Slot};
use super::{ReadFile, User};

/// The keys of a user, in the order of the documentation.
pub(super) const USER_KEYS: &[&str] = &[
    "monitor",
    "max_sleep",
    "device_email",
    "email_frequency",
    "refresh_on_ping_restored",
    "notify_recovery",
    "ping_key",
    "ping_key_file",
];

/// A name stands in URLs and subjects, where more than this is a nuisance.
const NAME_BYTES_MAX: usize = 255;

/// So many users without a recipient are named; who has more has forgotten one line for all of them.
const NAMES_SHOWN_MAX: usize = 100;

/// The users read so far.
pub(super) struct Users<'a> {
    drafts: Vec<Draft>,
    lines: HashMap<Cow<'a, str>, u32>,
}

/// A user whose defaults may stand further down in the file.
struct Draft {
    user: User,
    gets_default_recipients: bool,
    notify_recovery: Option<bool>,
    offset: usize,
}

/// What all users fall back to.
pub(super) struct Defaults {
    pub(super) recipients: Option<Arc<[Box<str>]>>,
    pub(super) notify_recovery: bool,
}

/// What reading a user takes besides the text.
pub(super) struct Desk<'d> {
    pub(super) findings: &'d mut Findings,
    pub(super) lists: &'d mut Lists,
    pub(super) folder: &'d Path,
    pub(super) read_file: ReadFile<'d>,
}

/// A short user takes about so many bytes of the file.
const USER_BYTES_MIN: usize = 80;

impl<'a> Users<'a> {
    /// Prepares to read the users of a file of `file_bytes` bytes.
    pub(super) fn new(file_bytes: usize) -> Self {
        // Room for all of them at once: growing step by step hashes a million names several times over.
        Self { drafts: Vec::new(), lines: HashMap::with_capacity(file_bytes / USER_BYTES_MIN) }
    }

    /// Reads the object that holds the users.
    pub(super) fn read(
        &mut self,
        reader: &mut Reader<'a>,
        object: &mut OpenObject,
        desk: &mut Desk<'_>,
    ) -> Result<(), SyntaxError> {
        while let Some(key) = reader.next_key(object)? {
            let path = KeyPath::user(&key.name);
            match reader.enter_object()? {
                Entered::Object(mut object) => {
                    check_name(&key, desk.findings);
                    let draft = read_user(reader, &key, &mut object, desk)?;
                    self.add(key, draft, desk.findings);
                }
                // A device may be called "comment" or "_porch": only what cannot be a user is taken for a note.
                Entered::Other(_) if is_note(&key.name) => {}
                Entered::Other(item) => {
                    let mut slot = Slot { findings: desk.findings, path };
                    slot.refuse(&item, "an object with the keys of a user");
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, key: Key<'a>, draft: Draft, findings: &mut Findings) {
        if let Some(first) = self.lines.get(&key.name) {
            let message = format!("given twice, on line {first} and on line {}", key.line);
            findings.error(key.offset, KeyPath::user(&key.name), message);
            return;
        }
        self.lines.insert(key.name, key.line);
        self.drafts.push(draft);
    }

    /// Gives everybody the defaults and makes sure that each alert has a recipient.
    pub(super) fn finish(self, defaults: &Defaults, findings: &mut Findings) -> Vec<User> {
        // Freed first: on a large config the names alone are as much as the users.
        drop(self.lines);
        let mut lonely = Vec::new();
        let finish = |draft: Draft| {
            let mut user = draft.user;
            user.notify_recovery = draft.notify_recovery.unwrap_or(defaults.notify_recovery);
            if draft.gets_default_recipients {
                match &defaults.recipients {
                    Some(recipients) => user.recipients = Arc::clone(recipients),
                    None if user.monitor => lonely.push((draft.offset, user.name.clone())),
                    None => {}
                }
            }
            user
        };
        let users = self.drafts.into_iter().map(finish).collect();
        if let Some((offset, _)) = lonely.first() {
            let mut names: Vec<String> =
                lonely.iter().take(NAMES_SHOWN_MAX).map(|(_, name)| quoted(name)).collect();
            if names.len() < lonely.len() {
                names.push(format!("{} more", lonely.len() - names.len()));
            }
            let message = format!(
                "expected \"recipient\", or \"device_email\" at every monitored user, found neither for {}",
                names.join(", ")
            );
            findings.error(*offset, KeyPath::ROOT.key("users"), message);
        }
        users
    }
}

fn check_name(key: &Key<'_>, findings: &mut Findings) {
    let name = &*key.name;
    let fault = if name.is_empty() {
        "the empty string".to_owned()
    } else if NAME_BYTES_MAX < name.len() {
        format!("{} bytes", name.len())
    } else if name.contains(char::is_control) {
        "a control character".to_owned()
    } else {
        return;
    };
    let message =
        format!("expected a name of 1 to {NAME_BYTES_MAX} bytes without control characters, found {fault}");
    findings.error(key.offset, KeyPath::user(name), message);
}

fn read_user<'a>(
    reader: &mut Reader<'a>,
    name: &Key<'a>,
    object: &mut OpenObject,
    desk: &mut Desk<'_>,
) -> Result<Draft, SyntaxError> {
    let place = KeyPath::user(&name.name);
    let mut keys = Keys::new(USER_KEYS, place);
    let mut draft = blank(name, desk.lists);
    while let Some(key) = reader.next_key(object)? {
        let item = reader.value()?;
        if keys.admit(&key, desk.findings) {
            draft.take(place.key(&key.name), &item, desk);
        }
    }
    for (key, expected) in [("monitor", BOOLEAN), ("max_sleep", SECONDS), ("email_frequency", SECONDS)] {
        if !keys.has(key) {
            Slot { findings: desk.findings, path: place.key(key) }.missing(name.offset, expected);
        }
    }
    keys.refuse_both("ping_key", "ping_key_file", name.offset, desk.findings);
    Ok(draft)
}

/// A user of whom nothing is known yet; what is missing is an error that has its own place.
fn blank(name: &Key<'_>, lists: &Lists) -> Draft {
    let user = User {
        name: name.name.as_ref().into(),
        monitor: false,
        max_sleep: Span::ZERO,
        max_sleep_text: Box::default(),
        email_frequency: Span::ZERO,
        refresh_on_ping_restored: true,
        notify_recovery: false,
        recipients: lists.nobody(),
        ping_key: None,
        line: name.line,
    };
    Draft { user, gets_default_recipients: true, notify_recovery: None, offset: name.offset }
}

impl Draft {
    /// Takes the value of a key that is known to be one of a user's; keeps what was there when it does not fit.
    fn take(&mut self, path: KeyPath<'_>, item: &Item<'_>, desk: &mut Desk<'_>) {
        let mut slot = Slot { findings: desk.findings, path };
        let user = &mut self.user;
        match path.key.unwrap_or_default() {
            "monitor" => user.monitor = slot.boolean(item).unwrap_or(user.monitor),
            "max_sleep" => {
                if let Some((span, text)) = slot.seconds(item) {
                    user.max_sleep = span;
                    user.max_sleep_text = text.into();
                }
            }
            "device_email" => {
                if let Recipients::Listed(list) = desk.lists.take(&mut slot, item) {
                    user.recipients = list;
                    self.gets_default_recipients = false;
                }
            }
            "email_frequency" => {
                user.email_frequency = slot.seconds(item).map_or(user.email_frequency, |(span, _)| span);
            }
            "refresh_on_ping_restored" => {
                user.refresh_on_ping_restored = slot.bool_like(item).unwrap_or(user.refresh_on_ping_restored);
            }
            "notify_recovery" => self.notify_recovery = slot.boolean(item),
            "ping_key" => user.ping_key = slot.secret(item, SecretRule::Key).as_ref().map(digest),
            "ping_key_file" => {
                let key = slot.secret_file(item, SecretRule::Key, desk.folder, desk.read_file);
                user.ping_key = key.as_ref().map(digest);
            }
            key => unreachable!("{key} is in USER_KEYS and has no arm here"),
        }
    }
}

fn digest(key: &Secret) -> KeyDigest {
    KeyDigest::of(key.reveal().as_bytes())
}
