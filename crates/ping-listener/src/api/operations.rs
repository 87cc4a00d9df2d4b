//! What can be asked of the interface, entry by entry: how it is opened, who answers, and what the description says.

use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use http::{Method, Response};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::Api;
use super::call::Call;
use super::fault::Fault;
use crate::http::routes::Policy;

/// What is done at one address with one method.
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) access: Access,
    pub(super) run: Run,
    /// Pages of all sites may read the answer.
    pub(super) is_open_to_all_sites: bool,
    /// Its name for programs that are made from the description.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) queries: &'static [Query],
    pub(super) body: Option<Shape>,
    pub(super) answers: &'static [Answer],
}

/// How an operation answers.
pub(super) type Run = fn(Arc<Api>, Call) -> Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// An answer, but for the headers that all answers of a route carry.
pub(super) type Outcome = Result<Response<Body>, Fault>;

/// What opens an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Nothing is needed.
    Anybody,
    /// A key for reading, or one for writing.
    Read,
    /// A key for writing.
    Write,
    /// A proof in a place of its own, which the handler looks at.
    Proof,
}

impl Access {
    pub(super) fn policy(self) -> Policy {
        match self {
            Self::Anybody => Policy::Everybody,
            Self::Read | Self::Write | Self::Proof => Policy::Proven,
        }
    }
}

/// A parameter behind the question mark.
pub(super) struct Query {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) kind: QueryKind,
}

/// What a parameter may say.
#[derive(Clone, Copy)]
pub(super) enum QueryKind {
    /// Any text.
    Text,
    /// Any text, as often as one likes.
    Texts,
    /// A number from 0 to this.
    UpTo(u64),
    /// A number with its unit, or nought; it has to be given.
    Length,
}

/// An answer that may come.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) about: &'static str,
    pub(super) content: Content,
}

/// What an answer carries.
#[derive(Clone, Copy)]
pub(super) enum Content {
    Nothing,
    Json(Shape),
    Of(&'static str),
}

/// Describes a shape.
pub(super) type Shape = fn(&mut SchemaGenerator) -> Schema;

pub(super) fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

impl Operation {
    pub(super) const fn get(path: &'static str, access: Access, run: Run) -> Self {
        Self::new(Method::GET, path, access, run)
    }

    pub(super) const fn post(path: &'static str, access: Access, run: Run) -> Self {
        Self::new(Method::POST, path, access, run)
    }

    pub(super) const fn delete(path: &'static str, access: Access, run: Run) -> Self {
        Self::new(Method::DELETE, path, access, run)
    }

    const fn new(method: Method, path: &'static str, access: Access, run: Run) -> Self {
        Self {
            method,
            path,
            access,
            run,
            is_open_to_all_sites: true,
            id: "",
            summary: "",
            queries: &[],
            body: None,
            answers: &[],
        }
    }

    /// Names it and says in a sentence what it does.
    pub(super) const fn says(mut self, id: &'static str, summary: &'static str) -> Self {
        (self.id, self.summary) = (id, summary);
        self
    }

    pub(super) const fn asks(mut self, queries: &'static [Query]) -> Self {
        self.queries = queries;
        self
    }

    pub(super) const fn takes(mut self, body: Shape) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) const fn answers(mut self, answers: &'static [Answer]) -> Self {
        self.answers = answers;
        self
    }

    /// Leaves pages of other sites without the answer.
    pub(super) const fn for_own_site(mut self) -> Self {
        self.is_open_to_all_sites = false;
        self
    }
}

impl Answer {
    pub(super) const fn new(status: u16, about: &'static str, content: Content) -> Self {
        Self { status, about, content }
    }
}
