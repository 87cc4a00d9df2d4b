//! A past that is made: days and years of pings, taken by the store itself with a clock that is moved.

use std::sync::Arc;

use anyhow::{Result, bail};
use domain::id::CheckId;
use domain::ping::Signal;
use domain::time::Span;
use jiff::{Timestamp, ToSpan as _};
use ping_listener::store::Opened;
use ping_listener::store::changes::Author;
use ping_listener::store::managed::Creation;
use ping_listener::store::managed::messages::Message;
use ping_listener::store::managed::settings::Edit;
use rig::clock::ManualSource;
use rusqlite::Connection;
use tokio::task::JoinSet;

use crate::in_process;
use crate::places::Place;

/// What the clients of the past call themselves.
const CLIENT: &str = "curl/8.14.1";

/// A data folder whose past is being made.
pub(crate) struct Past {
    pub(crate) opened: Opened,
    clock: Arc<ManualSource>,
}

/// A check that was made in the past.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) id: CheckId,
    pub(crate) uuid: String,
}

/// Makes the past of a place, from so many days ago on; ends it well, as a server that is stopped in good order.
pub(crate) fn make<T>(
    place: &Place,
    config: &str,
    days: i64,
    live: impl AsyncFnOnce(&mut Past) -> Result<T>,
) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let clock = Arc::new(ManualSource::new(Timestamp::now() - (24 * days).hours()));
        let opened = in_process::open(&place.data(), config, clock.clone()).await?;
        let mut past = Past { opened, clock };
        let lived = live(&mut past).await?;
        past.opened.store.sort().await?;
        past.opened.store.stamp_stop(Span::ZERO, None).await?;
        in_process::end(past.opened)?;
        forget_stalls(place)?;
        Ok(lived)
    })
}

/// Forgets that the clock was moved while pings were on their way to the disk: that looked as if the machine had
/// stalled.
fn forget_stalls(place: &Place) -> Result<()> {
    let connection = Connection::open(place.database())?;
    Ok(connection.execute_batch("DELETE FROM gaps; UPDATE stamp SET gap_since = NULL;")?)
}

impl Past {
    pub(crate) fn pass(&self, length: Span) {
        self.clock.advance(length);
    }

    /// Makes so many managed checks, each as it is told.
    pub(crate) async fn make_checks(&self, count: u64, edit: impl Fn(u64) -> Edit) -> Result<Vec<Made>> {
        let mut making = JoinSet::new();
        for number in 0..count {
            let (store, edit) = (self.opened.store.clone(), edit(number));
            making.spawn(async move { store.create(edit, Vec::new(), Author::Import).await });
        }
        let mut made = Vec::new();
        while let Some(creation) = making.join_next().await {
            let Creation::Made(view) = creation?? else { bail!("a check was not made") };
            made.push(Made { id: view.id, uuid: view.uuid.to_string() });
        }
        made.sort_by_key(|made| made.id);
        Ok(made)
    }

    /// Lets each of these checks ping once, so far apart.
    pub(crate) async fn ping(
        &self,
        checks: impl IntoIterator<Item = CheckId>,
        signal: Signal,
        apart: Span,
    ) -> Result<()> {
        let mut queued = Vec::new();
        for check in checks {
            self.clock.advance(apart);
            queued.push(if check.is_managed() {
                self.opened.store.signal(check, Message::bare(signal, CLIENT))
            } else {
                self.opened.store.ping(check)
            });
        }
        for ping in queued {
            ping.await?;
        }
        Ok(())
    }
}
