//! What waits because its check is snoozed: "times count from the release", and a digest is told in parts.

use domain::time::Timestamp;

use super::Mails;
use crate::history::{Check, RowId};

/// What is released.
impl Mails {
    /// What waits about a check is released at `at`, which may be to come.
    pub fn release(&mut self, check: Check, at: Timestamp) {
        let waits = self.rows.values().filter(|followed| followed.leased.is_none());
        let waiting: Vec<RowId> =
            waits.filter(|followed| followed.row.check == check).map(|followed| followed.row.id).collect();
        for id in waiting {
            self.release_row(id, at);
        }
    }

    pub(super) fn release_row(&mut self, id: RowId, at: Timestamp) {
        let Some(followed) = self.rows.get_mut(&id) else { return };
        followed.released = Some(at);
        let Some(mail) = followed.message_id.clone() else { return };
        if self.message_ids.get(&mail).is_some_and(|sharing| 1 < sharing.len()) {
            // What it was sent with goes without it: another mail, which is not to be taken for the one before.
            for other in self.rows.values_mut().filter(|other| other.message_id.as_ref() == Some(&mail)) {
                other.message_id = None;
            }
        }
    }

    /// Tells whether something that was decided in the same pass waited for the end of a snooze.
    pub(super) fn is_parted(&self, decided: Timestamp) -> bool {
        self.rows.values().any(|followed| {
            followed.released.is_some() && followed.group.is_some_and(|group| group.0 == decided)
        })
    }
}
