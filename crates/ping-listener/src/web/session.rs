//! Sessions: who is signed in, and the links that sign somebody in once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::time::{Span, Timestamp};
use http::header::{self, HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::peer::Peer;

/// A session that nobody used for so long is over: a working day.
const IDLE: Span = Span::from_hours(12);

/// How long a sign-in link may be used.
const LINK_VALID: Span = Span::from_minutes(10);

/// Sessions at once. There is one password, so this is people times browsers; the one idle for longest goes.
const SESSIONS_MAX: usize = 1_000;

/// Unused links at once: one is made at each start.
const LINKS_MAX: usize = 16;

/// Pages that are kept up to date at once; each looks at all checks up to once a second.
const VIEWERS_MAX: usize = 64;

const COOKIE: &str = "session";

/// A browser takes a cookie with this prefix only by TLS and only from this very host.
const TLS_COOKIE: &str = "__Host-session";

/// Everybody who is signed in. Tokens are kept only as their SHA-256.
pub struct Sessions {
    known: Mutex<Known>,
    viewers: Arc<Semaphore>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { known: Mutex::default(), viewers: Arc::new(Semaphore::new(VIEWERS_MAX)) }
    }
}

#[derive(Default)]
struct Known {
    /// When each session was last used.
    sessions: HashMap<Digested, Timestamp>,
    /// Until when each link may be used.
    links: HashMap<Digested, Timestamp>,
}

type Digested = [u8; 32];

/// Which session a request belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionId(Digested);

impl Sessions {
    /// Makes a token that signs in once, within ten minutes, out of 32 random bytes.
    #[must_use]
    pub fn offer_link(&self, random: [u8; 32], now: Timestamp) -> String {
        let token = URL_SAFE_NO_PAD.encode(random);
        let mut known = self.lock();
        known.links.retain(|_, until| now < *until);
        if known.links.len() < LINKS_MAX {
            known.links.insert(digest(&token), now + LINK_VALID);
        }
        token
    }

    /// Uses up a link's token; tells whether it was a right one.
    pub(super) fn redeem_link(&self, token: &str, now: Timestamp) -> bool {
        self.lock().links.remove(&digest(token)).is_some_and(|until| now < until)
    }

    /// Begins a session and returns its token, out of 32 random bytes.
    #[must_use]
    pub fn begin(&self, random: [u8; 32], now: Timestamp) -> String {
        let token = URL_SAFE_NO_PAD.encode(random);
        let mut known = self.lock();
        known.sessions.retain(|_, used| now < *used + IDLE);
        if SESSIONS_MAX <= known.sessions.len() {
            let oldest = known.sessions.iter().min_by_key(|(_, used)| **used).map(|(id, _)| *id);
            oldest.and_then(|id| known.sessions.remove(&id));
        }
        known.sessions.insert(digest(&token), now);
        token
    }

    /// Returns the session that a request belongs to and notes that it was used.
    #[must_use]
    pub fn of(&self, headers: &HeaderMap, is_tls: bool, now: Timestamp) -> Option<SessionId> {
        let id = digest(cookie(headers, cookie_name(is_tls))?);
        let mut known = self.lock();
        let used = known.sessions.get_mut(&id).filter(|used| now < **used + IDLE)?;
        *used = now.max(*used);
        Some(SessionId(id))
    }

    /// Tells whether a session still goes on, without using it.
    pub(super) fn goes_on(&self, id: SessionId, now: Timestamp) -> bool {
        self.lock().sessions.get(&id.0).is_some_and(|used| now < *used + IDLE)
    }

    /// The same, and notes that it was used.
    pub(super) fn use_on(&self, id: SessionId, now: Timestamp) -> bool {
        let mut known = self.lock();
        let used = known.sessions.get_mut(&id.0).filter(|used| now < **used + IDLE);
        used.map(|used| *used = now.max(*used)).is_some()
    }

    /// Ends a session.
    pub(super) fn end(&self, id: SessionId) {
        self.lock().sessions.remove(&id.0);
    }

    /// Ends all sessions, and takes back the links that nobody has used.
    pub(super) fn end_all(&self) {
        *self.lock() = Known::default();
    }

    /// Counts one more page that is kept up to date, or returns `None` if there are too many.
    pub(super) fn viewer_seat(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.viewers).try_acquire_owned().ok()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the header that gives a browser its session.
pub(super) fn set_cookie(token: &str, peer: &Peer) -> HeaderValue {
    let secure = if peer.is_tls { "; Secure" } else { "" };
    let name = cookie_name(peer.is_tls);
    let text = format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::try_from(text).expect("a token is letters and digits")
}

/// Returns the header that takes it away again.
pub(super) fn clear_cookie(peer: &Peer) -> HeaderValue {
    let secure = if peer.is_tls { "; Secure" } else { "" };
    let name = cookie_name(peer.is_tls);
    let text = format!("{name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{secure}");
    HeaderValue::try_from(text).expect("the text is ASCII")
}

/// Returns the SHA-256 by which secrets are compared and kept.
pub(super) fn digest(secret: impl AsRef<[u8]>) -> Digested {
    Sha256::digest(secret).into()
}

fn cookie_name(is_tls: bool) -> &'static str {
    if is_tls { TLS_COOKIE } else { COOKIE }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_micros(0) + Span::from_hours(hours)
    }

    fn headers(cookies: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, cookies.parse().unwrap())])
    }

    #[test]
    fn a_session_lasts_while_it_is_used_and_ends_when_it_is_ended() {
        let sessions = Sessions::default();
        let token = sessions.begin([7; 32], at(0));
        let headers = headers(&format!("a=b; session={token}"));
        let id = sessions.of(&headers, false, at(11)).unwrap();
        assert_eq!(sessions.of(&headers, false, at(22)), Some(id));
        assert_eq!(sessions.of(&headers, false, at(35)), None, "idle for 13 hours");
        let id = SessionId(digest(&token));
        assert!(sessions.goes_on(id, at(23)));
        assert!(sessions.use_on(id, at(33)) && sessions.goes_on(id, at(44)));
        sessions.end(id);
        assert!(!sessions.goes_on(id, at(23)) && !sessions.use_on(id, at(23)));
        assert_eq!(sessions.of(&headers, false, at(23)), None);
    }

    #[test]
    fn signing_out_everywhere_ends_every_session_and_link() {
        let sessions = Sessions::default();
        let tokens = [sessions.begin([1; 32], at(0)), sessions.begin([2; 32], at(0))];
        let link = sessions.offer_link([3; 32], at(0));
        sessions.end_all();
        for token in tokens {
            assert_eq!(sessions.of(&headers(&format!("session={token}")), false, at(0)), None);
        }
        assert!(!sessions.redeem_link(&link, at(0)));
    }

    #[test]
    fn a_cookie_from_plain_http_does_not_count_by_tls() {
        let sessions = Sessions::default();
        let token = sessions.begin([7; 32], at(0));
        assert_eq!(sessions.of(&headers(&format!("session={token}")), true, at(0)), None);
        assert!(sessions.of(&headers(&format!("__Host-session={token}")), true, at(0)).is_some());
    }

    #[test]
    fn a_link_signs_in_once_and_not_for_long() {
        let sessions = Sessions::default();
        let token = sessions.offer_link([1; 32], at(0));
        assert!(!sessions.redeem_link("something else", at(0)));
        assert!(sessions.redeem_link(&token, at(0)));
        assert!(!sessions.redeem_link(&token, at(0)));
        let late = sessions.offer_link([2; 32], at(0));
        assert!(!sessions.redeem_link(&late, at(0) + LINK_VALID));
    }

    #[test]
    fn the_number_of_sessions_is_bounded_and_the_idlest_goes() {
        let sessions = Sessions::default();
        let tokens: Vec<_> = (0..=SESSIONS_MAX)
            .map(|nth| {
                let mut random = [0; 32];
                random[..8].copy_from_slice(&(nth as u64).to_be_bytes());
                sessions.begin(random, Timestamp::from_micros(i64::try_from(nth).unwrap()))
            })
            .collect();
        let is_known =
            |token: &str| sessions.of(&headers(&format!("session={token}")), false, at(1)).is_some();
        assert!(!is_known(&tokens[0]));
        assert!(is_known(&tokens[1]) && is_known(&tokens[SESSIONS_MAX]));
    }

    #[test]
    fn cookies_are_kept_from_scripts_and_other_sites() {
        let mut peer = Peer { address: [127, 0, 0, 1].into(), is_direct_loopback: true, is_tls: false };
        assert_eq!(set_cookie("t", &peer), "session=t; Path=/; HttpOnly; SameSite=Strict");
        peer.is_tls = true;
        assert_eq!(set_cookie("t", &peer), "__Host-session=t; Path=/; HttpOnly; SameSite=Strict; Secure");
    }
}
