//! Adopting: checks of another server, brought over with their UUIDs.

use std::sync::Arc;

use domain::managed::Event;
use uuid::Uuid;

use super::settings::Settings;
use crate::store::Store;
use crate::store::apply::Desk;
use crate::store::changes::Author;
use crate::store::error::StoreError;

/// What came of bringing a check over.
#[derive(Clone, Debug)]
pub enum Adopted {
    /// It is here now.
    Made,
    /// A check of that UUID was here already, and stays as it is.
    Known(Arc<Settings>),
    /// There are as many checks as there may be.
    OverLimit,
}

impl Store {
    /// Makes a check with a UUID that its clients know, unless there is one; paused if nobody wants to hear of it yet.
    pub async fn adopt(
        &self,
        uuid: Uuid,
        settings: Settings,
        is_paused: bool,
    ) -> Result<Adopted, StoreError> {
        if let Some(found) = self.find_uuid(uuid)
            && let Some(known) = self.managed(found.id).await?
        {
            return Ok(Adopted::Known(known.settings));
        }
        let [_, badge_key] = self.draw_uuids();
        self.write(move |desk| desk.adopt([uuid, badge_key], settings.clone(), is_paused)).await
    }
}

impl Desk<'_> {
    fn adopt(&mut self, uuids: [Uuid; 2], settings: Settings, is_paused: bool) -> rusqlite::Result<Adopted> {
        let Some(check) = self.make(settings, uuids, &Author::Import)? else { return Ok(Adopted::OverLimit) };
        if is_paused {
            self.happen(check, &Event::Pause(self.now))?;
        }
        Ok(Adopted::Made)
    }
}
