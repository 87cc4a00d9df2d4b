//! The checks that a call is about, declared and managed ones in one shape.

use std::sync::Arc;

use domain::id::CheckId;
use uuid::Uuid;

use super::Api;
use super::call::Call;
use super::fault::Fault;
use crate::explaining::declared::{as_managed, view_of};
use crate::explaining::unique_key::{is_unique_key, unique_key};
use crate::store::managed::viewing::View;
use crate::store::view::CheckView;

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
        view_of(&self.store, id).await.map_err(|_| Fault::Unavailable)
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
            Some(check) => Some(as_managed(&self.api.store, &check)),
            None => self.managed.next(),
        }
    }
}

/// Reads a UUID as addresses have it: in small letters, with dashes.
pub(super) fn read_uuid(text: &str) -> Option<Uuid> {
    let uuid = Uuid::try_parse(text).ok()?;
    let mut buffer = Uuid::encode_buffer();
    (*uuid.hyphenated().encode_lower(&mut buffer) == *text).then_some(uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
