//! The way to a check's page by its unique key, as what reads the interface without being allowed to ping has it.

use axum::body::Body;
use axum::extract::{Path, State as FromState};
use http::Response;

use super::about::gone;
use crate::explaining::unique_key::{is_unique_key, unique_key};
use crate::web::{State, see_other, unavailable};

/// Leads to the page of the check.
pub(super) async fn lead(FromState(rooms): State, Path(key): Path<String>) -> Response<Body> {
    if !is_unique_key(&key) {
        return gone(&rooms);
    }
    let Ok(subjects) = rooms.subjects().await else { return unavailable() };
    match subjects.iter().find(|subject| unique_key(subject.uuid) == key) {
        Some(subject) => see_other(&subject.address()),
        None => gone(&rooms),
    }
}
