//! The seed's dialect: `GET /ping?username=NAME`, answered with the time at which the ping was taken.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use http_body_util::Full;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::clerk::Clerk;
use super::query::{NotUtf8, parameter};
use super::unstored;
use crate::http::answer::plain;
use crate::http::routes::{Policy, Route};
use crate::store::error::StoreError;
use crate::store::{Entry, PendingPing, Receipt, Store};
use crate::telemetry::{Outcome, Telemetry};

/// Where pings are taken; a check's key is the proof, if it has one.
pub const ROUTES: [Route; 2] = [
    Route { method: Method::GET, path: PATH, policy: Policy::Proven },
    Route { method: Method::POST, path: PATH, policy: Policy::Proven },
];

const PATH: &str = "/ping";

/// Answers the seed's pings.
pub struct SeedPings {
    store: Store,
    telemetry: Arc<Telemetry>,
    clerk: Clerk,
}

type Answer = Response<Full<Bytes>>;

impl SeedPings {
    /// Takes pings into `store`, counts them, and answers with the time in `zone`.
    #[must_use]
    pub fn new(store: Store, telemetry: Arc<Telemetry>, zone: TimeZone) -> Self {
        Self { store, telemetry, clerk: Clerk::new(zone) }
    }

    /// Tells whether a path is that of the seed's pings.
    pub(super) fn takes(path: &str) -> bool {
        path == PATH
    }

    /// Answers a ping whose method is GET, HEAD or POST; its body is never waited for.
    pub(super) async fn ping(&self, head: &Parts) -> Answer {
        let entry = match self.find(head) {
            Ok(entry) => entry,
            Err(refusal) => {
                let (outcome, answer) = *refusal;
                self.telemetry.count_ping(outcome);
                return answer;
            }
        };
        let outcome = self.store.ping(entry.id).await;
        unstored::count(&self.telemetry, outcome);
        match outcome {
            Ok(receipt) => plain(StatusCode::OK, self.clerk.second_of(receipt.wall).words.clone()),
            Err(error) => unstored::answer(error),
        }
    }

    /// Takes a ping by its target alone, if that says enough.
    pub(super) fn take(&self, target: &str) -> Option<PendingPing> {
        let query = target.strip_prefix(PATH)?.strip_prefix('?')?;
        let username = query.strip_prefix("username=")?;
        let entry = self.store.find(username).filter(|entry| entry.key.is_none())?;
        Some(self.store.ping(entry.id))
    }

    /// Writes the answer to a ping that was taken so.
    pub(super) fn write_answer(&self, outcome: Result<Receipt, StoreError>, answer: &mut Vec<u8>) {
        unstored::count(&self.telemetry, outcome);
        match outcome {
            Ok(receipt) => answer.extend_from_slice(&self.clerk.second_of(receipt.wall).answer),
            Err(error) => unstored::write(error, answer),
        }
    }

    /// Finds the check that a request pings for, or says why there is none.
    fn find(&self, head: &Parts) -> Result<Entry, Box<(Outcome, Answer)>> {
        if is_cross_site(&head.headers) {
            let sentence =
                "A ping must not be sent from another site's page; send it from the device itself.";
            return Err(Box::new((Outcome::CrossSite, plain(StatusCode::FORBIDDEN, sentence))));
        }
        let query = head.uri.query().unwrap_or_default();
        let username = match parameter(query, "username") {
            Some(Ok(username)) if !username.is_empty() => username,
            Some(Ok(_)) | None => {
                let sentence = "Say who pings: /ping?username=NAME";
                return Err(Box::new((Outcome::Malformed, plain(StatusCode::BAD_REQUEST, sentence))));
            }
            Some(Err(NotUtf8)) => {
                let sentence = "The username is not UTF-8; percent-encode its UTF-8 bytes.";
                return Err(Box::new((Outcome::Malformed, plain(StatusCode::BAD_REQUEST, sentence))));
            }
        };
        let found = self.store.find(&username);
        let given = parameter(query, "key")
            .and_then(Result::ok)
            .map(|key| Cow::Owned(key.as_bytes().to_vec()))
            .or_else(|| head.headers.get("x-ping-key").map(|key| Cow::Borrowed(key.as_bytes())));
        // A name that is not known is compared with a digest too, so that it takes as long as a wrong key.
        let digest = found.map_or(Some([0; 32]), |entry| entry.key);
        let fits = digest.is_none_or(|digest| is_key(given.as_deref(), &digest));
        match found {
            Some(entry) if fits => Ok(entry),
            Some(_) => Err(Box::new((Outcome::RefusedKey, unknown()))),
            None => Err(Box::new((Outcome::Unknown, unknown()))),
        }
    }
}

/// Tells whether a key is the one with this SHA-256. Takes the same time whether it is or not.
fn is_key(given: Option<&[u8]>, digest: &[u8; 32]) -> bool {
    let given: [u8; 32] = Sha256::digest(given.unwrap_or_default()).into();
    given.ct_eq(digest).into()
}

fn unknown() -> Answer {
    plain(
        StatusCode::NOT_FOUND,
        "No user of that name takes this ping; check the spelling, and the key if the user has one.",
    )
}

/// Tells whether a browser sends a request on behalf of somebody else's page.
fn is_cross_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == HeaderValue::from_static("cross-site"))
}
