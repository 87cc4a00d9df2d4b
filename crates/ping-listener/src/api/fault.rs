//! What is wrong with a request, in the words that clients know, and how it is answered.

use std::borrow::Cow;

use axum::body::Body;
use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::answers;

/// Why a request is not answered as its sender hoped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Something in the body is wrong: a sentence about it.
    Wrong(Cow<'static, str>),
    /// Something in the query is wrong.
    Query,
    /// No key came.
    KeyMissing,
    /// The key opens nothing, or not this.
    KeyWrong,
    /// The change is not to be made here: a sentence about it.
    Forbidden(String),
    /// There are as many checks as there may be.
    OverLimit,
    /// There is no such thing; answered like an address that does not exist.
    Unknown,
    /// There is no check of this unique key, or it was deleted meanwhile.
    Gone,
    /// Only a paused check can be resumed.
    NotPaused,
    /// The store cannot be asked at the moment.
    Unavailable,
}

/// The one shape of errors.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub(super) struct ErrorShape<'a> {
    /// What is wrong, in a sentence.
    error: &'a str,
}

impl Fault {
    pub(super) fn unreadable() -> Self {
        Self::Wrong(Cow::Borrowed("could not parse request body"))
    }

    pub(super) fn invalid(why: impl std::fmt::Display) -> Self {
        Self::Wrong(Cow::Owned(format!("json validation error: {why}")))
    }

    /// Returns the answer, but for the headers that all answers of a route carry.
    pub(super) fn answer(&self) -> Response<Body> {
        match self {
            Self::Wrong(why) => error(StatusCode::BAD_REQUEST, why),
            Self::Query => answers::empty(StatusCode::BAD_REQUEST),
            Self::KeyMissing => error(StatusCode::UNAUTHORIZED, "missing api key"),
            Self::KeyWrong => error(StatusCode::UNAUTHORIZED, "wrong api key"),
            Self::Forbidden(why) => error(StatusCode::FORBIDDEN, why),
            Self::OverLimit => answers::empty(StatusCode::FORBIDDEN),
            Self::Unknown => answers::not_found(),
            Self::Gone => answers::empty(StatusCode::NOT_FOUND),
            Self::NotPaused => answers::text(StatusCode::CONFLICT, "check is not paused"),
            Self::Unavailable => answers::unavailable(),
        }
    }
}

fn error(status: StatusCode, error: &str) -> Response<Body> {
    answers::json(status, &ErrorShape { error })
}
