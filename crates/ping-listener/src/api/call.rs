//! One call of the interface, from its method to its answer: what is wrong with it is told in the order that clients
//! know, first the method, then the body, then the key.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts as _, RawPathParams, Request};
use bytes::Bytes;
use http::header::HeaderMap;
use http::{Method, Response, StatusCode};

use super::fault::Fault;
use super::members::Members;
use super::operations::{Access, Operation, Outcome};
use super::{Api, answers};
use crate::explaining::unique_key;
use crate::http::answer::Excused;
use crate::keys::{Access as Grant, prefix};
use crate::store::changes::Author;

/// Signs of a key.
pub(super) const KEY_SIGNS: usize = 32;

/// What a handler is told.
pub(super) struct Call {
    pub(super) version: Version,
    /// What the key opens; `None` where none was asked for.
    pub(super) grant: Option<Grant>,
    /// The part of the key by which people know it; empty where none was asked for.
    pub(super) key_prefix: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    query: String,
    /// The parts of the address that stand for something, decoded.
    places: Vec<(String, String)>,
}

/// The versions of the interface, which differ little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
    V3,
}

impl Version {
    /// Returns how it is called in addresses.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
        }
    }

    /// Tells whether a name makes a slug.
    pub(super) fn names_make_slugs(self) -> bool {
        self != Self::V3
    }

    fn read(name: &str) -> Option<Self> {
        [Self::V1, Self::V2, Self::V3].into_iter().find(|version| version.name() == name)
    }
}

impl Call {
    /// Returns a part of the address; one that the address does not have is empty.
    pub(super) fn place(&self, name: &str) -> &str {
        place(&self.places, name).unwrap_or_default()
    }

    /// Returns every value of a parameter.
    pub(super) fn queries<'c>(&'c self, name: &str) -> impl Iterator<Item = Cow<'c, str>> {
        let pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.filter(move |(known, _)| known == name).map(|(_, value)| value)
    }

    /// Returns the last value of a parameter, which counts.
    pub(super) fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        self.queries(name).last()
    }

    /// Makes a call that has nothing but a query.
    #[cfg(test)]
    pub(super) fn of_query(query: &str) -> Self {
        Self {
            version: Version::V3,
            grant: None,
            key_prefix: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            query: query.to_owned(),
            places: Vec::new(),
        }
    }

    /// Returns who makes the call, as the history of a check has it.
    pub(super) fn author(&self) -> Author {
        Author::Key(self.key_prefix.clone())
    }

    /// Tells whether the key opens what is private.
    pub(super) fn may_write(&self) -> bool {
        self.grant == Some(Grant::ReadWrite)
    }
}

/// Answers at one address, whose operations these are.
pub(super) async fn answer(
    api: Arc<Api>,
    operations: &'static [Operation],
    request: Request,
) -> Response<Body> {
    let mut methods: Vec<_> = operations.iter().map(method_of).collect();
    let is_open = operations.iter().all(|operation| operation.is_open_to_all_sites);
    let is_asked_about = request.method() == Method::OPTIONS && is_open;
    let (parts, body) = request.into_parts();
    let Some((version, places)) = read_address(parts.clone()).await else { return answers::not_found() };
    // Who has no more than a unique key cannot name what a key for reading does not open.
    if place(&places, "code").is_some_and(unique_key::is_unique_key) {
        let is_opened = |operation: &Operation| operation.access == Access::Read;
        methods = operations.iter().filter(|operation| is_opened(operation)).map(method_of).collect();
        if methods.is_empty() {
            return answers::not_found();
        }
    }
    let taken = operations.iter().find(|operation| operation.method == parts.method);
    let mut response = if is_asked_about {
        answers::empty(StatusCode::NO_CONTENT)
    } else if let Some(operation) = taken.filter(|operation| methods.contains(&operation.method)) {
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        let headers = parts.headers;
        let call = Call { version, grant: None, key_prefix: String::new(), headers, body, query, places };
        match run(api, operation, call).await {
            (Err(Fault::Unknown), is_known) => return excused(answers::not_found(), is_known),
            (Err(fault), is_known) => excused(fault.answer(), is_known),
            (Ok(response), is_known) => excused(response, is_known),
        }
    } else {
        answers::method_not_allowed(&methods)
    };
    if is_open {
        answers::open_to_all_sites(response.headers_mut(), &methods);
    }
    response
}

fn method_of(operation: &Operation) -> Method {
    operation.method.clone()
}

/// Who has a key does not guess, so that its mistakes are not counted as a stranger's.
fn excused(mut response: Response<Body>, is_known: bool) -> Response<Body> {
    if is_known {
        response.extensions_mut().insert(Excused);
    }
    response
}

/// Returns the version and the places of an address, or `None` if there is no such address.
async fn read_address(mut parts: http::request::Parts) -> Option<(Version, Vec<(String, String)>)> {
    let params = RawPathParams::from_request_parts(&mut parts, &()).await.ok()?;
    let places: Vec<_> = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let version = place(&places, "version").map_or(Some(Version::V3), Version::read)?;
    Some((version, places))
}

fn place<'p>(places: &'p [(String, String)], name: &str) -> Option<&'p str> {
    places.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Runs an operation, if its body can be read and its key opens it; also tells whether a key was right.
async fn run(api: Arc<Api>, operation: &Operation, mut call: Call) -> (Outcome, bool) {
    if let Access::Anybody | Access::Proof = operation.access {
        return ((operation.run)(api, call).await, false);
    }
    // Clients pause with a body of null, which elsewhere is a mistake.
    if operation.path.ends_with("/pause") && call.body.trim_ascii() == b"null" {
        call.body = Bytes::new();
    }
    let grant = match Members::parse(&call.body) {
        Ok(members) => look_at_key(&api, operation, &call.headers, &members).await,
        Err(fault) => Err(fault),
    };
    match grant {
        Ok((grant, key_prefix)) => {
            (call.grant, call.key_prefix) = (Some(grant), key_prefix);
            ((operation.run)(api, call).await, true)
        }
        Err(fault) => (Err(fault), false),
    }
}

/// Returns what the key of a call opens, and its prefix. A key in the header counts before one in the body, even if it
/// is none.
async fn look_at_key(
    api: &Api,
    operation: &Operation,
    headers: &HeaderMap,
    members: &Members<'_>,
) -> Result<(Grant, String), Fault> {
    let key = match headers.get("x-api-key") {
        Some(key) => key.to_str().ok().map(str::to_owned),
        None => members.plain_text("api_key"),
    };
    let key = key.filter(|key| key.chars().count() == KEY_SIGNS).ok_or(Fault::KeyMissing)?;
    let prefix = String::from_utf8_lossy(prefix(key.as_bytes())).into_owned();
    match (opened(api, &key).await?, operation.access) {
        (Some(Grant::ReadWrite), _) => Ok((Grant::ReadWrite, prefix)),
        (Some(Grant::ReadOnly), Access::Read) => Ok((Grant::ReadOnly, prefix)),
        (Some(Grant::ReadOnly) | None, _) => Err(Fault::KeyWrong),
    }
}

/// Returns what a key opens, or `None` if it opens nothing.
pub(super) async fn opened(api: &Api, key: &str) -> Result<Option<Grant>, Fault> {
    api.keys.access(key.as_bytes()).await.map_err(|_| Fault::Unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_parameter_that_comes_twice_the_last_counts() {
        assert_eq!(Call::of_query("slug=a&tag=x&slug=b%20c").query("slug").as_deref(), Some("b c"));
        assert_eq!(Call::of_query("tag=x&tag=&tag").queries("tag").count(), 3);
        assert_eq!(Call::of_query("").query("slug"), None);
    }
}
