//! Which addresses the server has, and who may use each: what does not say so cannot be reached.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{self, MethodRouter};
use http::Method;

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Anybody.
    Everybody,
    /// Who is signed in; whoever builds the router puts a guard before it.
    SignedIn,
    /// Who is signed in or brings another proof, like a key or a signature, which the handler looks at.
    Proven,
}

/// One method at one path; `{…}` stands for any one part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What is done. Where GET is taken, HEAD is too.
    pub method: Method,
    /// Where.
    pub path: &'static str,
    /// By whom.
    pub policy: Policy,
}

/// What answers at a path, and the routes that lead there.
pub struct Page<S> {
    /// The routes, all at the same path.
    pub routes: Vec<Route>,
    answer: MethodRouter<S>,
}

impl<S: Clone + Send + Sync + 'static> Page<S> {
    /// Makes a page that is read and changes nothing.
    pub fn get<T: 'static>(path: &'static str, policy: Policy, handler: impl Handler<T, S>) -> Self {
        Self { routes: vec![Route { method: Method::GET, path, policy }], answer: routing::get(handler) }
    }

    /// Makes a page that changes something.
    pub fn post<T: 'static>(path: &'static str, policy: Policy, handler: impl Handler<T, S>) -> Self {
        Self { routes: vec![Route { method: Method::POST, path, policy }], answer: routing::post(handler) }
    }

    /// Makes a page that looks at the method itself; `routes` are those that it takes, at least one.
    pub fn any<T: 'static>(routes: Vec<Route>, handler: impl Handler<T, S>) -> Self {
        Self { routes, answer: routing::any(handler) }
    }
}

/// Puts pages together, those for who is signed in behind `guard`.
///
/// The guard is on the methods and not on the paths, so that a wrong method is a 405 for everybody.
pub fn router<S: Clone + Send + Sync + 'static>(
    pages: impl IntoIterator<Item = Page<S>>,
    guard: impl Fn(MethodRouter<S>) -> MethodRouter<S>,
) -> Router<S> {
    pages.into_iter().fold(Router::new(), |router, Page { routes, answer }| {
        let Some(path) = routes.first().map(|route| route.path) else { return router };
        let is_guarded = routes.iter().any(|route| route.policy == Policy::SignedIn);
        router.route(path, if is_guarded { guard(answer) } else { answer })
    })
}
