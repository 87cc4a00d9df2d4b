//! What a job asks of the server, as tasks of the process.

use domain::id::CheckId;
use domain::time::Timestamp;
use ping_listener::store::Store;
use ping_listener::store::changes::Author;
use ping_listener::store::error::StoreError;
use ping_listener::store::managed::messages::Message;
use ping_listener::store::managed::settings::Edit;
use ping_listener::store::managed::viewing::View;
use ping_listener::store::managed::{Creation, Resumed};
use uuid::Uuid;

use super::contract::{Asked, Period};
use super::jobs::Said;
use super::member::Deed;
use crate::process::{Note, Process};

/// What a job heard of what it had asked.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) place: usize,
    /// When it was done, and to which check; `None` if the server could not do it.
    pub(crate) done: Option<(Timestamp, CheckId)>,
}

/// What somebody saw who looked at a job's check.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) place: usize,
    /// As of which deed it was asked for.
    pub(crate) serial: u64,
    /// Between which instants it was looked at.
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    /// The check, or `None` if there is none of its name.
    pub(crate) view: Option<View>,
}

impl Process {
    /// Lets a job ask for something; `name` is that of its check.
    pub(crate) fn ask(
        &mut self,
        place: usize,
        check: Option<CheckId>,
        name: String,
        (deed, is_told): (Deed, bool),
    ) {
        let (store, notes, at) = (self.store.clone(), self.notes.clone(), self.clock.now());
        // A ping is stamped when it comes, and not when the writer gets to it.
        let said = match (&deed, check) {
            (Deed::Say(said), Some(check)) => Some(store.signal(check, message(*said))),
            _ => None,
        };
        self.tasks.spawn(async move {
            let done = match (said, check) {
                (Some(ping), Some(check)) => ping.await.ok().map(|receipt| (receipt.at, check)),
                _ => order(&store, check, name, deed, is_told).await.ok().flatten().map(|check| (at, check)),
            };
            notes.leave(Note::JobHeard(Heard { place, done }));
        });
    }

    /// Looks at the check of a job.
    pub(crate) fn look_at(&mut self, place: usize, name: String, serial: u64) {
        let (store, notes, clock) = (self.store.clone(), self.notes.clone(), self.clock.clone());
        self.tasks.spawn(async move {
            let from = clock.now();
            let Ok(views) = store.all_managed().await else { return };
            let view = views.into_iter().find(|view| view.settings.name == name);
            let seen = Seen { place, serial, from, until: clock.now(), view };
            notes.leave(Note::JobSeen(Box::new(seen)));
        });
    }
}

/// Does what an owner asks; returns of which check that was, or `None` if there was nothing to do it to.
async fn order(
    store: &Store,
    check: Option<CheckId>,
    name: String,
    deed: Deed,
    is_told: bool,
) -> Result<Option<CheckId>, StoreError> {
    let Some(check) = check else {
        let Deed::Make(asked) = deed else { return Ok(None) };
        let edit = Edit { name: Some(name), is_told: Some(is_told), ..edit(&asked) };
        return Ok(match store.create(edit, Vec::new(), Author::Person).await? {
            Creation::Made(view) => Some(view.id),
            Creation::Updated(_) | Creation::OverLimit => None,
        });
    };
    Ok(match deed {
        Deed::Edit(asked) => store.edit(check, edit(&asked), Author::Person).await?.map(|view| view.id),
        Deed::Pause => store.pause(check, Author::Person).await?.map(|view| view.id),
        Deed::Delete => store.delete(check).await?.map(|view| view.id),
        Deed::Resume => match store.resume(check, Author::Person).await? {
            Resumed::Done(_) | Resumed::NotPaused => Some(check),
            Resumed::Gone => None,
        },
        Deed::Make(_) | Deed::Say(_) => None,
    })
}

fn edit(asked: &Asked) -> Edit {
    let seconds = |span: domain::time::Span| u64::try_from(span.as_micros() / 1_000_000).unwrap_or(0);
    let (timeout, schedule, tz) = match &asked.period {
        Period::Timeout(timeout) => (Some(seconds(*timeout)), None, None),
        Period::Schedule(slots) => (None, Some(slots.text()), Some(slots.zone_name.to_owned())),
    };
    Edit {
        timeout,
        schedule,
        tz,
        grace: Some(seconds(asked.grace)),
        max_runtime: Some(asked.max_runtime.map(seconds).into()),
        manual_resume: Some(asked.manual_resume),
        ..Edit::default()
    }
}

fn message(said: Said) -> Message {
    Message { rid: said.rid.map(|rid| Uuid::from_u128(u128::from(rid))), ..Message::bare(said.signal, "job") }
}
