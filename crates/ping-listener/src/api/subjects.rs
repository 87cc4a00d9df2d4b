//! The checks that a call is about, declared and managed ones in one shape.

use std::fmt::Write as _;
use std::sync::Arc;

use domain::id::CheckId;
use domain::managed::Shown;
use domain::managed::kind::Kind;
use domain::slug::slugify;
use domain::standing::Standing;
use domain::time::Span;
use sha1::{Digest as _, Sha1};
use uuid::Uuid;

use super::Api;
use super::call::Call;
use super::fault::Fault;
use crate::store::managed::settings::Settings;
use crate::store::managed::viewing::View;
use crate::store::view::CheckView;

/// Signs of a unique key.
const UNIQUE_KEY_SIGNS: usize = 40;

/// Digits of a UUID from which its unique key is made.
const DIGITS: usize = 16;

impl Api {
    /// Returns all checks, the declared ones first, each kind in the order in which they came.
    pub(super) async fn subjects(self: &Arc<Self>) -> Result<Subjects, Fault> {
        let declared = self.store.checks().await.map_err(|_| Fault::Unavailable)?;
        let managed = self.store.all_managed().await.map_err(|_| Fault::Unavailable)?;
        Ok(Subjects { api: self.clone(), declared: declared.into_iter(), managed: managed.into_iter() })
    }

    /// Returns the check that a call names by its UUID.
    pub(super) async fn by_uuid(&self, call: &Call) -> Result<View, Fault> {
        let uuid = read_uuid(call.place("code")).ok_or(Fault::Unknown)?;
        let found = self.store.find_uuid(uuid).ok_or(Fault::Unknown)?;
        self.subject(found.id).await?.ok_or(Fault::Unknown)
    }

    /// Returns the check that a call names by its UUID or by its unique key.
    pub(super) async fn by_uuid_or_unique_key(self: &Arc<Self>, call: &Call) -> Result<View, Fault> {
        let code = call.place("code");
        if !is_unique_key(code) {
            return self.by_uuid(call).await;
        }
        self.subjects().await?.find(|view| unique_key(view.uuid) == code).ok_or(Fault::Gone)
    }

    /// Returns a check, or `None` if it is gone.
    pub(super) async fn subject(&self, id: CheckId) -> Result<Option<View>, Fault> {
        if id.is_managed() {
            return self.store.managed(id).await.map_err(|_| Fault::Unavailable);
        }
        let mut checks = self.store.checks_of(vec![id]).await.map_err(|_| Fault::Unavailable)?;
        Ok(checks.pop().map(|check| self.declared(&check)))
    }

    /// Shows a declared check as if it were a managed one.
    fn declared(&self, check: &CheckView) -> View {
        let shown = match check.standing {
            Standing::New => Shown::New,
            Standing::Up => Shown::Up,
            Standing::Late | Standing::Down => Shown::Down,
            Standing::Unmonitored => Shown::Paused,
        };
        let settings = Settings {
            name: check.name.to_string(),
            slug: slugify(&check.name),
            kind: Kind::Simple,
            timeout: whole_seconds(check.patience),
            grace: 0,
            is_told: !check.recipients.is_empty(),
            ..Settings::default()
        };
        let due = check.deadline.filter(|_| shown == Shown::Up);
        View {
            id: check.id,
            uuid: self.store.uuid_of_declared(check.id),
            badge_key: self.store.badge_of_declared(check.id),
            settings: Arc::new(settings),
            shown,
            shown_v1: shown,
            is_started: false,
            pings: check.pings,
            last_ping: check.last_ping,
            next_ping: due,
            last_start: None,
            deadline: check.deadline,
            extended: check.extended,
            last_duration: None,
            runs: Vec::new(),
            down: check.down_since.map(|since| (since, domain::flip::Reason::Silence)),
            created: check.anchor,
        }
    }
}

/// All checks, one after the other.
pub(super) struct Subjects {
    api: Arc<Api>,
    declared: std::vec::IntoIter<CheckView>,
    managed: std::vec::IntoIter<View>,
}

impl Iterator for Subjects {
    type Item = View;

    fn next(&mut self) -> Option<View> {
        match self.declared.next() {
            Some(check) => Some(self.api.declared(&check)),
            None => self.managed.next(),
        }
    }
}

/// A period has at least one second here, and what is more than whole seconds is one more.
fn whole_seconds(span: Span) -> u64 {
    let micros = u64::try_from(span.as_micros()).unwrap_or_default();
    micros.div_ceil(1_000_000).max(1)
}

/// Reads a UUID as addresses have it: in small letters, with dashes.
pub(super) fn read_uuid(text: &str) -> Option<Uuid> {
    let uuid = Uuid::try_parse(text).ok()?;
    let mut buffer = Uuid::encode_buffer();
    (*uuid.hyphenated().encode_lower(&mut buffer) == *text).then_some(uuid)
}

/// Tells whether a text can be a unique key.
pub(super) fn is_unique_key(text: &str) -> bool {
    text.len() == UNIQUE_KEY_SIGNS && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Returns what names a check to who may not ping it: the SHA-1 of the first half of its UUID.
pub(super) fn unique_key(uuid: Uuid) -> String {
    let mut buffer = Uuid::encode_buffer();
    let digits = &uuid.simple().encode_lower(&mut buffer)[..DIGITS];
    let mut key = String::with_capacity(UNIQUE_KEY_SIGNS);
    for byte in Sha1::digest(digits) {
        write!(key, "{byte:02x}").expect("a string takes any text");
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_key_is_made_of_the_first_half_of_a_uuid() {
        let uuid = read_uuid("7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55").unwrap();
        assert_eq!(unique_key(uuid), "bec4697107d577005e62e96d51b8c571b42bc05c");
        assert!(is_unique_key(&unique_key(uuid)));
        assert!(!is_unique_key("bec4697107d577005e62e96d51b8c571b42bc05"));
    }

    #[test]
    fn a_uuid_is_read_in_one_form_only() {
        for text in [
            "7C1D4BE0-52f3-4a86-9b0e-d3a6f8e21c55",
            "7c1d4be052f34a869b0ed3a6f8e21c55",
            "",
            "x",
            "{7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55}",
        ] {
            assert_eq!(read_uuid(text), None, "{text}");
        }
    }

    #[test]
    fn a_period_is_rounded_up_to_whole_seconds() {
        for (millis, seconds) in [(0, 1), (100, 1), (1_000, 1), (1_001, 2), (4_500, 5), (60_000, 60)] {
            assert_eq!(whole_seconds(Span::from_millis(millis)), seconds, "{millis}");
        }
    }
}
