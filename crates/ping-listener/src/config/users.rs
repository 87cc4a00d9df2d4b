//! The users of the config, one after the other.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::Arc;

use domain::check::Policy;
use domain::demand::Demand;
use domain::schedule::Schedule;
use domain::time::Span;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::error::{Findings, KeyPath, quoted};
use super::json::{Entered, Item, Key, OpenObject, Reader, SyntaxError};
use super::kind::SecretRule;
use super::recipients::{Lists, Recipients};
use super::reference::USER_KEYS;
use super::secret::{KeyDigest, Secret};
use super::server::{Keys, is_note};
use super::value::Slot;
use super::{ReadFile, User};

/// A name stands in URLs and subjects, where more than this is a nuisance.
const NAME_BYTES_MAX: usize = 255;

/// So many users without a recipient are named; who has more has forgotten one line for all of them.
const NAMES_SHOWN_MAX: usize = 100;

/// The users read so far.
pub(super) struct Users<'a> {
    drafts: Vec<Draft>,
    /// Leads from the hash of a name to its place in `drafts`.
    places: HashTable<u32>,
    hasher: RandomState,
    /// What is asked of them, each with its number.
    asked: HashMap<Asked<'a>, u32>,
    /// The latest of them, because neighbours are mostly alike.
    latest: Option<(Asked<'a>, u32)>,
}

/// A user whose demand is not complete.
struct Draft {
    name: Box<str>,
    ping_key: Option<Box<KeyDigest>>,
    offset: usize,
    line: u32,
    asked: u32,
}

/// What is asked of a user, whose defaults may stand further down in the file.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Asked<'a> {
    monitor: bool,
    max_sleep: Span,
    max_sleep_text: &'a str,
    email_frequency: Span,
    refresh_on_ping_restored: bool,
    notify_recovery: Option<bool>,
    recipients: Option<Arc<[Box<str>]>>,
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
        let users = file_bytes / USER_BYTES_MIN;
        Self {
            drafts: Vec::with_capacity(users),
            places: HashTable::with_capacity(users),
            hasher: RandomState::new(),
            asked: HashMap::new(),
            latest: None,
        }
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
                    let (asked, ping_key) = read_user(reader, &key, &mut object, desk)?;
                    self.add(&key, asked, ping_key, desk.findings);
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

    fn add(&mut self, key: &Key<'a>, asked: Asked<'a>, ping_key: Option<KeyDigest>, findings: &mut Findings) {
        let Self { drafts, places, hasher, .. } = self;
        let is_same = |place: &u32| *drafts[*place as usize].name == *key.name;
        let hash = |place: &u32| hasher.hash_one(&*drafts[*place as usize].name);
        match places.entry(hasher.hash_one(&*key.name), is_same, hash) {
            Entry::Occupied(known) => {
                let first = drafts[*known.get() as usize].line;
                let message = format!("given twice, on line {first} and on line {}", key.line);
                findings.error(key.offset, KeyPath::user(&key.name), message);
            }
            Entry::Vacant(vacant) => {
                vacant.insert(u32::try_from(drafts.len()).expect("a file has less than 2^32 users"));
                let asked = self.number_of(asked);
                self.drafts.push(Draft {
                    name: key.name.as_ref().into(),
                    ping_key: ping_key.map(Box::new),
                    offset: key.offset,
                    line: key.line,
                    asked,
                });
            }
        }
    }

    /// Returns the number of what is asked, the same for all of whom the same is asked.
    fn number_of(&mut self, asked: Asked<'a>) -> u32 {
        if let Some((latest, number)) = &self.latest
            && *latest == asked
        {
            return *number;
        }
        let next = u32::try_from(self.asked.len()).expect("a file has less than 2^32 users");
        let number = *self.asked.entry(asked.clone()).or_insert(next);
        self.latest = Some((asked, number));
        number
    }

    /// Gives everybody the defaults and makes sure that each alert has a recipient.
    pub(super) fn finish(self, defaults: &Defaults, findings: &mut Findings) -> Vec<User> {
        let Self { drafts, places, mut latest, asked, .. } = self;
        drop((places, latest.take()));
        let mut asked: Vec<_> = asked.into_iter().collect();
        asked.sort_unstable_by_key(|(_, number)| *number);
        let is_lonely =
            |asked: &Asked<'_>| asked.monitor && asked.recipients.is_none() && defaults.recipients.is_none();
        let is_lonely: Vec<bool> = asked.iter().map(|(asked, _)| is_lonely(asked)).collect();
        let demands: Vec<_> =
            asked.into_iter().map(|(asked, _)| Arc::new(asked.complete(defaults))).collect();
        let mut lonely = Vec::new();
        let finish = |draft: Draft| {
            let Draft { name, ping_key, offset, line, asked } = draft;
            if is_lonely[asked as usize] {
                lonely.push((offset, name.clone()));
            }
            User { name, demand: demands[asked as usize].clone(), ping_key, line }
        };
        let users = drafts.into_iter().map(finish).collect();
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
) -> Result<(Asked<'a>, Option<KeyDigest>), SyntaxError> {
    let place = KeyPath::user(&name.name);
    let mut keys = Keys::new(USER_KEYS, place);
    let mut asked = Asked::nothing();
    let mut ping_key = None;
    while let Some(key) = reader.next_key(object)? {
        let item = reader.value()?;
        if keys.admit(&key, desk.findings) {
            asked.take(place.key(&key.name), &item, &mut ping_key, desk);
        }
    }
    keys.miss_required(name.offset, desk.findings);
    keys.refuse_both("ping_key", "ping_key_file", name.offset, desk.findings);
    Ok((asked, ping_key))
}

impl<'a> Asked<'a> {
    /// What is asked of a user of whom nothing is known; what is missing is an error that has its own place.
    fn nothing() -> Self {
        Self {
            monitor: false,
            max_sleep: Span::ZERO,
            max_sleep_text: "",
            email_frequency: Span::ZERO,
            refresh_on_ping_restored: true,
            notify_recovery: None,
            recipients: None,
        }
    }

    /// Takes the value of a key that is known to be one of a user's; keeps what was there when it does not fit.
    fn take(
        &mut self,
        path: KeyPath<'_>,
        item: &Item<'a>,
        ping_key: &mut Option<KeyDigest>,
        desk: &mut Desk<'_>,
    ) {
        let mut slot = Slot { findings: desk.findings, path };
        match path.key.unwrap_or_default() {
            "monitor" => self.monitor = slot.boolean(item).unwrap_or(self.monitor),
            "max_sleep" => {
                if let Some(taken) = slot.seconds(item) {
                    (self.max_sleep, self.max_sleep_text) = taken;
                }
            }
            "device_email" => {
                if let Recipients::Listed(list) = desk.lists.take(&mut slot, item) {
                    self.recipients = Some(list);
                }
            }
            "email_frequency" => {
                self.email_frequency = slot.seconds(item).map_or(self.email_frequency, |(span, _)| span);
            }
            "refresh_on_ping_restored" => {
                self.refresh_on_ping_restored = slot.bool_like(item).unwrap_or(self.refresh_on_ping_restored);
            }
            "notify_recovery" => self.notify_recovery = slot.boolean(item),
            "ping_key" => *ping_key = slot.secret(item, SecretRule::Key).as_ref().map(digest),
            "ping_key_file" => {
                let key = slot.secret_file(item, SecretRule::Key, desk.folder, desk.read_file);
                *ping_key = key.as_ref().map(digest);
            }
            key => unreachable!("{key} is in USER_KEYS and has no arm here"),
        }
    }

    fn complete(self, defaults: &Defaults) -> Demand {
        let policy = Policy {
            schedule: Schedule::Every(self.max_sleep),
            grace: Span::ZERO,
            is_monitored: self.monitor,
            remind_every: self.email_frequency,
            refresh_on_ping: self.refresh_on_ping_restored,
            notify_recovery: self.notify_recovery.unwrap_or(defaults.notify_recovery),
        };
        let recipients = self.recipients.or_else(|| defaults.recipients.clone());
        Demand { policy, max_sleep: self.max_sleep_text.into(), recipients: recipients.unwrap_or_default() }
    }
}

fn digest(key: &Secret) -> KeyDigest {
    KeyDigest::of(key.reveal().as_bytes())
}
