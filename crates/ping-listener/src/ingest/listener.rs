//! Whoever listens for pings: hands each to the dialect that its address is written in.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http::request::Parts;
use http_body_util::Full;

use super::native::NativePings;
use super::seed::SeedPings;
use crate::http::body::PingBody;
use crate::http::caller::Caller;
use crate::http::{Methods, Pings};
use crate::store::error::StoreError;
use crate::store::{PendingPing, Receipt};

/// All dialects.
pub struct Listener {
    seed: SeedPings,
    native: NativePings,
}

/// A plain ping on its way, and how it is answered.
pub struct Pending {
    dialect: Dialect,
    ping: PendingPing,
}

/// What became of it.
pub struct Outcome {
    dialect: Dialect,
    stored: Result<Receipt, StoreError>,
}

#[derive(Clone, Copy)]
enum Dialect {
    Seed,
    Native,
}

impl Future for Pending {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let dialect = self.dialect;
        Pin::new(&mut self.ping).poll(context).map(|stored| Outcome { dialect, stored })
    }
}

impl Listener {
    /// Listens for pings of both dialects.
    #[must_use]
    pub fn new(seed: SeedPings, native: NativePings) -> Self {
        Self { seed, native }
    }
}

impl Pings for Listener {
    fn takes(&self, head: &Parts) -> Option<Methods> {
        let path = head.uri.path();
        if SeedPings::takes(path) {
            Some(Methods::Usual)
        } else {
            self.native.takes(path).then_some(Methods::Any)
        }
    }

    async fn ping(&self, head: &Parts, caller: Caller<'_>, body: &mut PingBody) -> Response<Full<Bytes>> {
        if SeedPings::takes(head.uri.path()) {
            self.seed.ping(head).await
        } else {
            // Boxed, so that a connection that sends no bodies does not carry the state of reading one.
            Box::pin(self.native.ping(head, caller, body)).await
        }
    }

    type Pending = Pending;

    fn take<'a>(&self, target: &str, caller: &dyn Fn() -> Caller<'a>) -> Option<Pending> {
        let seed = || self.seed.take(target).map(|ping| Pending { dialect: Dialect::Seed, ping });
        seed().or_else(|| {
            let ping = self.native.take(target, caller)?;
            Some(Pending { dialect: Dialect::Native, ping })
        })
    }

    fn write_answer(&self, outcome: Outcome, answer: &mut Vec<u8>) {
        match outcome.dialect {
            Dialect::Seed => self.seed.write_answer(outcome.stored, answer),
            Dialect::Native => self.native.write_answer(outcome.stored, answer),
        }
    }
}
