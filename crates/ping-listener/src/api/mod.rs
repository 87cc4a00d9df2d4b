//! Answers for programs.

pub mod health;
mod catalogue;
mod operations;
mod call;
mod answers;
mod fault;
pub mod members;
pub mod request;
mod never_null;
mod moments;
mod shapes;
mod subjects;
mod words;
mod checks;
mod changes;
mod snooze;
mod pings;
mod flips;
mod channels;
mod badges;
mod badge_svg;
mod prometheus;
mod operator;
mod doctor;
mod explain;
mod openapi;
mod openapi_pings;
mod reference;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};

use self::catalogue::{OPERATIONS, WITHOUT_SLASH};
use self::operations::Operation;
use crate::clock::Clock;
use crate::config::InForce;
use crate::explaining::declarations::Declarations;
use crate::http::routes::{self, Page, Policy, Route};
use crate::keys::Keys;
use crate::links::SharedLinks;
use crate::store::Store;

/// What the interface works with.
pub struct Api {
    /// Where checks are.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// Under which address people reach this server.
    pub links: SharedLinks,
    /// Whom the server mails.
    pub config: InForce,
    /// What opens it.
    pub keys: Keys,
    /// Where declared checks are declared.
    pub declarations: Arc<dyn Declarations>,
}

/// Returns the operations of each address, which stand next to each other.
fn addresses() -> impl Iterator<Item = &'static [Operation]> {
    OPERATIONS.chunk_by(|one, next| one.path == next.path)
}

/// Tells whether the interface answers at a path, by whatever method.
#[must_use]
pub fn answers_at(path: &str) -> bool {
    ["/api/", "/badge/", "/b/", "/projects/"].iter().any(|root| path.starts_with(root))
}

fn pages() -> impl Iterator<Item = Page<Arc<Api>>> {
    let answered = addresses().map(|operations| {
        let path = operations[0].path;
        let routes = operations.iter().map(|operation| Route {
            method: operation.method.clone(),
            path,
            policy: operation.access.policy(),
        });
        let handler =
            move |State(api): State<Arc<Api>>, request: Request| call::answer(api, operations, request);
        Page::any(routes.collect(), handler)
    });
    let moved = WITHOUT_SLASH.into_iter().map(|path| {
        let route = Route { method: http::Method::GET, path, policy: Policy::Everybody };
        let handler =
            |request: Request| async move { answers::moved(request.uri().path(), request.uri().query()) };
        Page::any(vec![route], handler)
    });
    answered.chain(moved)
}

/// Lists every route of the interface.
pub fn routes() -> impl Iterator<Item = Route> {
    pages().flat_map(|page| page.routes)
}

/// Returns every page of the interface.
pub fn router(api: Api) -> Router {
    routes::router(pages(), |_| unreachable!("no page of it needs a session")).with_state(Arc::new(api))
}
