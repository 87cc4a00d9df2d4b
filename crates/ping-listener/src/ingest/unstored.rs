//! What a client hears whose ping could not be stored: why, and when to come again.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;

use crate::http::answer::{plain, set_retry_after, write_plain};
use crate::store::Receipt;
use crate::store::error::StoreError;
use crate::telemetry::{Outcome, Telemetry};

/// When a client that was turned away may come again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Makes the answer.
pub(super) fn answer(error: StoreError) -> Response<Full<Bytes>> {
    let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, sentence(error));
    set_retry_after(&mut answer, RETRY_AFTER);
    answer
}

/// Writes the same as it goes over the wire.
pub(super) fn write(error: StoreError, answer: &mut Vec<u8>) {
    let wait = format!("retry-after: {}\r\n", RETRY_AFTER.as_secs());
    write_plain(answer, StatusCode::SERVICE_UNAVAILABLE, &wait, &sentence(error));
}

/// Counts what became of a ping.
pub(super) fn count(telemetry: &Telemetry, outcome: Result<Receipt, StoreError>) {
    telemetry.count_ping(match outcome {
        Ok(_) => Outcome::Accepted,
        Err(StoreError::Gone) => Outcome::Unknown,
        Err(StoreError::Busy) => Outcome::Shed,
        Err(StoreError::Full | StoreError::Stopping) => Outcome::Unavailable,
    });
}

fn sentence(error: StoreError) -> String {
    format!("The ping was not stored, because {error}; send it again.")
}
