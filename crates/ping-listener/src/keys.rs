//! Who may use the API, and who may ping by a check's slug: the keys of the environment and those made by hand.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use domain::time::{Span, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::clock::Clock;
use crate::config::environment::Environment;
use crate::config::secret::Secret;
use crate::random::Random;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::managed::keys::{KeyKind, KeyRow};

/// A key that was revoked opens nothing after this long; one that was made is found at once.
const FRESH: Span = Span::from_seconds(1);

/// Characters of a key by which people and programs find it.
const PREFIX_CHARS_MAX: usize = 8;

/// What a key of the API opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// All of it.
    ReadWrite,
    /// What changes nothing and gives no ping address away.
    ReadOnly,
}

/// The keys in force. Clones share them.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    read_write: Option<Secret>,
    read_only: Option<Secret>,
    ping: Option<Secret>,
    metrics: Option<Secret>,
    seen: ArcSwapOption<Seen>,
}

/// The keys that were made by hand, as they were when somebody looked.
struct Seen {
    at: Timestamp,
    keys: Vec<KeyRow>,
}

impl Keys {
    /// Takes the keys of the environment; those made by hand are looked up in the store.
    #[must_use]
    pub fn new(store: Store, clock: Clock, environment: &Environment) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            read_write: environment.api_key.clone(),
            read_only: environment.api_key_readonly.clone(),
            ping: environment.ping_key.clone(),
            metrics: environment.metrics_key.clone(),
            seen: ArcSwapOption::empty(),
        }))
    }

    /// Tells what a key of the API opens, or `None` if nobody knows it.
    pub async fn access(&self, presented: &[u8]) -> Result<Option<Access>, StoreError> {
        if matches(self.0.read_write.as_ref(), presented) {
            return Ok(Some(Access::ReadWrite));
        }
        if matches(self.0.read_only.as_ref(), presented) {
            return Ok(Some(Access::ReadOnly));
        }
        Ok(match self.find(presented, &[KeyKind::ReadWrite, KeyKind::ReadOnly]).await? {
            Some(KeyKind::ReadWrite) => Some(Access::ReadWrite),
            Some(KeyKind::ReadOnly) => Some(Access::ReadOnly),
            Some(KeyKind::Ping) | None => None,
        })
    }

    /// Tells whether a key may stand in a ping address before a slug.
    pub async fn is_ping_key(&self, presented: &[u8]) -> Result<bool, StoreError> {
        let is_own = matches(self.0.ping.as_ref(), presented);
        Ok(is_own || self.find(presented, &[KeyKind::Ping]).await?.is_some())
    }

    /// Tells whether a key opens what the API tells of the server's own work.
    #[must_use]
    pub fn opens_metrics(&self, presented: &[u8]) -> bool {
        matches(self.0.metrics.as_ref(), presented)
    }

    /// Looks among the keys made by hand; what is not among those seen lately may be new.
    async fn find(&self, presented: &[u8], kinds: &[KeyKind]) -> Result<Option<KeyKind>, StoreError> {
        let prefix = prefix(presented);
        let digest = digest(&self.0.store.secret(), presented);
        let now = self.0.clock.now();
        if let Some(seen) = self.0.seen.load().as_ref().filter(|seen| now < seen.at + FRESH)
            && let Some(kind) = seen.find(prefix, &digest, kinds)
        {
            return Ok(Some(kind));
        }
        let seen = Arc::new(Seen { at: now, keys: self.0.store.keys().await? });
        self.0.seen.store(Some(seen.clone()));
        Ok(seen.find(prefix, &digest, kinds))
    }
}

impl Seen {
    fn find(&self, prefix: &[u8], digest: &[u8; 32], kinds: &[KeyKind]) -> Option<KeyKind> {
        let mut named =
            self.keys.iter().filter(|key| kinds.contains(&key.kind) && key.prefix.as_bytes() == prefix);
        named.find(|key| key.digest.ct_eq(digest).into()).map(|key| key.kind)
    }
}

/// Draws a key as clients know them: 32 characters for the API, 22 for pings.
#[must_use]
pub fn draw(kind: KeyKind, random: &Random) -> String {
    let (begin, length, alphabet) = match kind {
        KeyKind::ReadWrite => ("hcw_", 32, &ALPHABET[..]),
        KeyKind::ReadOnly => ("hcr_", 32, &ALPHABET[..]),
        KeyKind::Ping => ("", 22, &ALPHABET[..LOWER_CASE]),
    };
    let mut key = begin.to_owned();
    while key.len() < length {
        let [drawn] = random.bytes::<1>();
        // What would favour the first letters is drawn again.
        if usize::from(drawn) < 256 / alphabet.len() * alphabet.len() {
            key.push(char::from(alphabet[usize::from(drawn) % alphabet.len()]));
        }
    }
    key
}

/// Digits and small letters first, which ping keys are made of.
const ALPHABET: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER_CASE: usize = 36;

/// Returns a key as the store keeps it, made at `created`.
#[must_use]
pub fn row(kind: KeyKind, key: &str, secret: &[u8; 32], created: jiff::Timestamp) -> KeyRow {
    KeyRow {
        id: 0,
        kind,
        prefix: String::from_utf8_lossy(prefix(key.as_bytes())).into_owned(),
        digest: digest(secret, key.as_bytes()),
        created,
    }
}

/// Returns the part of a key by which it is found, and which may be shown: never more than a third of it.
#[must_use]
pub fn prefix(key: &[u8]) -> &[u8] {
    let rest = key.strip_prefix(b"hcw_").or_else(|| key.strip_prefix(b"hcr_")).unwrap_or(key);
    &rest[..(rest.len() / 3).min(PREFIX_CHARS_MAX)]
}

fn digest(secret: &[u8; 32], key: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(key);
    mac.finalize().into_bytes().into()
}

fn matches(secret: Option<&Secret>, presented: &[u8]) -> bool {
    secret.is_some_and(|secret| secret.matches(presented))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_key_has_the_form_that_clients_know() {
        let random = Random::from_system();
        for (kind, begin, length) in
            [(KeyKind::ReadWrite, "hcw_", 32), (KeyKind::ReadOnly, "hcr_", 32), (KeyKind::Ping, "", 22)]
        {
            let key = draw(kind, &random);
            assert!(key.starts_with(begin) && key.len() == length, "{key}");
            assert!(key[begin.len()..].bytes().all(|byte| byte.is_ascii_alphanumeric()), "{key}");
            assert_ne!(key, draw(kind, &random));
        }
        let ping = draw(KeyKind::Ping, &random);
        assert_eq!(ping, ping.to_lowercase());
    }

    #[test]
    fn no_more_than_a_third_of_a_key_is_kept_as_it_is() {
        for (key, shown) in [
            ("hcw_0123456789012345678901234567", "01234567"),
            ("hcr_0123456789012345678901234567", "01234567"),
            ("0123456789abcdef0123456789abcdef", "01234567"),
            ("0123456789abcdef012345", "0123456"),
            ("01234567", "01"),
            ("", ""),
        ] {
            assert_eq!(prefix(key.as_bytes()), shown.as_bytes());
        }
    }
}
