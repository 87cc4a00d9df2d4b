//! Healthchecks' dialect: `/ping/<uuid>` and `/ping/<ping-key>/<slug>`, both without `/ping` too, and what a run tells.

pub mod answers;
mod keys;
pub mod order;
pub mod target;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use domain::ping::Signal;
use domain::slug::is_slug;
use http::request::Parts;
use http::{Method, Response};
use http_body_util::Full;

use self::answers::{Refusal, Written, taken};
use self::keys::PingKeys;
use self::order::{Order, Query};
use self::target::{Named, Target, decoded};
use super::unstored;
use crate::clock::Clock;
use crate::config::InForce;
use crate::http::answer::close;
use crate::http::body::{Appetite, PingBody};
use crate::http::caller::Caller;
use crate::http::routes::{Policy, Route};
use crate::keys::Keys;
use crate::store::error::StoreError;
use crate::store::managed::Provisioned;
use crate::store::managed::finding::{BySlug, Found};
use crate::store::{PendingPing, Receipt, Store};
use crate::telemetry::{Outcome, Telemetry};

/// Bodies of a stated length beyond this are refused, as by Healthchecks.
const BODY_BYTES_MAX: u64 = 2_621_440;

/// Longer slugs are not given to new checks.
const SLUG_LENGTH_MAX: usize = 100;

/// Where pings are taken, by any method: the UUID or the key is the proof.
pub const PATHS: [&str; 8] = [
    "/ping/{uuid}",
    "/ping/{uuid}/{signal}",
    "/ping/{ping_key}/{slug}",
    "/ping/{ping_key}/{slug}/{signal}",
    "/{uuid}",
    "/{uuid}/{signal}",
    "/{ping_key}/{slug}",
    "/{ping_key}/{slug}/{signal}",
];

/// Lists the routes, with the methods that clients use.
pub fn routes() -> impl Iterator<Item = Route> {
    PATHS.into_iter().flat_map(|path| {
        [Method::GET, Method::POST].map(|method| Route { method, path, policy: Policy::Proven })
    })
}

/// Answers the pings of Healthchecks' clients.
pub struct NativePings {
    store: Store,
    telemetry: Arc<Telemetry>,
    clock: Clock,
    config: InForce,
    keys: PingKeys,
    /// First segments of paths that are not pings at the root.
    reserved: BTreeSet<&'static str>,
    written: Written,
}

/// What these pings need.
pub struct Ground {
    /// Where checks and pings are.
    pub store: Store,
    /// The meters.
    pub telemetry: Arc<Telemetry>,
    /// What time it is.
    pub clock: Clock,
    /// The config in force.
    pub config: InForce,
    /// Who may ping by slug.
    pub keys: Keys,
}

type Answer = Response<Full<Bytes>>;

/// Why a request ends without a ping.
enum End {
    Refused(Refusal),
    Unstored(StoreError),
}

/// Which check a ping is for.
enum Place<'a> {
    Known(Found),
    /// The slug of one that is to be made.
    New(&'a str),
}

impl NativePings {
    /// Takes pings where no other route begins.
    #[must_use]
    pub fn new(ground: Ground, routes: impl IntoIterator<Item = Route>) -> Self {
        let Ground { store, telemetry, clock, config, keys } = ground;
        let keys = PingKeys::new(keys, clock.clone());
        let reserved = routes.into_iter().filter_map(|route| reserved_segment(route.path)).collect();
        Self { store, telemetry, clock, config, keys, reserved, written: Written::new() }
    }

    /// Tells whether a path has one of the forms.
    pub(super) fn takes(&self, path: &str) -> bool {
        self.target(&decoded(path)).is_some()
    }

    /// Answers a ping.
    pub(super) async fn ping(&self, head: &Parts, caller: Caller<'_>, body: &mut PingBody) -> Answer {
        match self.take_whole(head, caller, body).await {
            Ok(answer) => answer,
            Err(End::Refused(refusal)) => {
                self.telemetry.count_ping(outcome_of(refusal));
                refusal.answer(self.clock.wall_now())
            }
            Err(End::Unstored(error)) => {
                unstored::count(&self.telemetry, Err(error));
                unstored::answer(error)
            }
        }
    }

    /// Takes a ping without a body by its target, if nothing speaks against it.
    pub(super) fn take<'a>(&self, target: &str, caller: &dyn Fn() -> Caller<'a>) -> Option<PendingPing> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let target = self.target(path)?;
        let found = match target.check {
            Named::Uuid(uuid) => self.store.find_uuid(uuid)?,
            Named::Slug { ping_key, slug } => match self.store.find_slug(slug) {
                BySlug::One(found) if self.keys.is_proven(ping_key) => found,
                BySlug::None | BySlug::One(_) | BySlug::Many => return None,
            },
        };
        let order = Order::read(target.action, &Query::read(query)).ok()?;
        refuse_all_but_success(&found, &order).ok()?;
        Some(self.send(&found, &order, (&Method::GET, caller()), Bytes::new()))
    }

    /// Writes the answer to a ping that was taken so.
    pub(super) fn write_answer(&self, outcome: Result<Receipt, StoreError>, answer: &mut Vec<u8>) {
        unstored::count(&self.telemetry, outcome);
        match outcome {
            Ok(receipt) => {
                answer.extend_from_slice(&self.written.taken(self.body_limit(), receipt.wall).answer);
            }
            Err(StoreError::Gone) => Refusal::UnknownUuid.write(self.clock.wall_now(), answer),
            Err(error) => unstored::write(error, answer),
        }
    }

    fn target<'a>(&self, path: &'a str) -> Option<Target<'a>> {
        Target::read(path, |first| self.reserved.contains(first))
    }

    fn body_limit(&self) -> usize {
        usize::try_from(self.config.load().ping_body_limit).unwrap_or(usize::MAX)
    }

    async fn take_whole(&self, head: &Parts, caller: Caller<'_>, body: &mut PingBody) -> Result<Answer, End> {
        let path = decoded(head.uri.path());
        let target = self.target(&path).ok_or(Refusal::UnknownUuid)?;
        let query = Query::read(head.uri.query().unwrap_or_default());
        let place = self.find(target.check, query.creates).await?;
        let order = Order::read(target.action, &query)?;
        if let Place::Known(found) = &place {
            refuse_all_but_success(found, &order)?;
        }
        let body_limit = self.body_limit();
        let taken_max = BODY_BYTES_MAX.max(body_limit as u64);
        if body.stated_bytes().is_some_and(|stated| taken_max < stated) {
            return Err(Refusal::LargeBody.into());
        }
        let came = body.read(Appetite { kept_max: body_limit, taken_max }).await;
        let came = came.map_err(|_| Refusal::BrokenBody)?;
        let (found, is_new) = match place {
            Place::Known(found) => (found, false),
            Place::New(slug) => self.provide(slug).await?,
        };
        refuse_all_but_success(&found, &order)?;
        let receipt = self.send(&found, &order, (&head.method, caller), came.bytes).await?;
        self.telemetry.count_ping(Outcome::Accepted);
        let answer = taken(is_new, body_limit, receipt.wall);
        Ok(if came.is_cut { close(answer) } else { answer })
    }

    /// Finds the check that a ping is for.
    async fn find<'a>(&self, check: Named<'a>, creates: bool) -> Result<Place<'a>, End> {
        let (ping_key, slug) = match check {
            Named::Uuid(uuid) => {
                let found = self.store.find_uuid(uuid);
                return found.map(Place::Known).ok_or_else(|| Refusal::UnknownUuid.into());
            }
            Named::Slug { ping_key, slug } => (ping_key, slug),
        };
        if !is_slug(slug) {
            return Err(Refusal::NoSlug.into());
        }
        if !self.keys.is_key(ping_key).await? {
            return Err(Refusal::UnknownKey.into());
        }
        match self.store.find_slug(slug) {
            BySlug::One(found) => Ok(Place::Known(found)),
            BySlug::Many => Err(Refusal::AmbiguousSlug.into()),
            BySlug::None if !creates => Err(Refusal::UnknownSlug.into()),
            BySlug::None if SLUG_LENGTH_MAX < slug.len() => Err(Refusal::NoSlug.into()),
            BySlug::None => Ok(Place::New(slug)),
        }
    }

    /// Makes a check of a slug, unless somebody else has in the meantime; tells whether it is new.
    async fn provide(&self, slug: &str) -> Result<(Found, bool), End> {
        match self.store.provision(slug).await? {
            Provisioned::Made(found) => Ok((found, true)),
            Provisioned::Found(found) => Ok((found, false)),
            Provisioned::Many => Err(Refusal::AmbiguousSlug.into()),
            Provisioned::OverLimit => Err(Refusal::UnknownSlug.into()),
        }
    }

    fn send(
        &self,
        found: &Found,
        order: &Order,
        (method, caller): (&Method, Caller<'_>),
        body: Bytes,
    ) -> PendingPing {
        let signal = found.filter.classify(method == Method::POST, order.signal, &body);
        self.store.signal(found.id, order.message(signal, (method, caller), body))
    }
}

/// Refuses what a check of the config does not take.
fn refuse_all_but_success(found: &Found, order: &Order) -> Result<(), Refusal> {
    if found.is_declared && order.signal != Signal::Success { Err(Refusal::OnlySuccess) } else { Ok(()) }
}

/// Returns the first segment of a route's path, or `None` if it may be any.
fn reserved_segment(path: &'static str) -> Option<&'static str> {
    let first = path.trim_start_matches('/').split('/').next()?;
    (!first.is_empty() && !first.starts_with('{')).then_some(first)
}

fn outcome_of(refusal: Refusal) -> Outcome {
    match refusal {
        Refusal::UnknownUuid | Refusal::UnknownSlug => Outcome::Unknown,
        Refusal::UnknownKey => Outcome::RefusedKey,
        Refusal::AmbiguousSlug => Outcome::Ambiguous,
        Refusal::NoSlug
        | Refusal::NoExitStatus
        | Refusal::NoRunId
        | Refusal::OnlySuccess
        | Refusal::LargeBody
        | Refusal::BrokenBody => Outcome::Malformed,
    }
}

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Gone => Self::Refused(Refusal::UnknownUuid),
            StoreError::Full | StoreError::Busy | StoreError::Stopping => Self::Unstored(error),
        }
    }
}
