//! Pages for people: who is silent and since when, what was sent, and a way to try it all out.

mod access_keys;
mod adding;
mod asked;
mod assets;
mod badges;
mod bulk;
mod check;
mod day;
mod docs;
mod events;
mod filled;
pub mod guard;
mod inbox;
mod lengths;
mod list;
mod live;
pub mod logs;
mod mails;
mod markdown;
mod metrics;
mod moments;
mod recent;
mod row;
#[cfg(test)]
pub(crate) mod samples;
mod selection;
pub mod session;
mod sight;
mod settings;
mod sign_in;
mod snippets;
mod status;
mod status_days;
mod status_setup;
mod subject;
mod summary;
mod testing;
mod timeline;
mod wall;
pub(crate) mod words;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::middleware;
use axum::routing::MethodRouter;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::explaining::declarations::Declarations;
use crate::http::answer;
use crate::http::routes::{self, Page, Policy, Route};
use crate::links::SharedLinks;
use crate::random::Random;
use crate::store::Store;
use crate::telemetry::Telemetry;
use session::Sessions;
pub use sight::Sight;
pub use sign_in::SignIns;
pub use status::StatusCache;

/// What the pages work with.
pub struct Rooms {
    /// Where checks, mails and history are.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// For session tokens.
    pub random: Random,
    /// SHA-256 of the testing password; `None` while none is set, and nobody can sign in.
    pub password: Option<[u8; 32]>,
    /// Who is signed in; shared with whoever prints a sign-in link.
    pub sessions: Arc<Sessions>,
    /// Who tried to sign in and failed.
    pub sign_ins: SignIns,
    /// The status page, made once for many.
    pub status: StatusCache,
    /// What the pages have to say about the server.
    pub notices: Arc<dyn Notices>,
    /// Under which address people reach the server.
    pub links: SharedLinks,
    /// Where declared checks are declared.
    pub declarations: Arc<dyn Declarations>,
    /// Secrets that the config may change.
    pub keys: Arc<dyn Keys>,
    /// The meters.
    pub telemetry: Arc<Telemetry>,
    /// The checks as somebody has just seen them.
    pub sight: Sight,
    /// Says true when the server stops, which ends the live streams.
    pub stopping: watch::Receiver<bool>,
}

/// What the server has to say about itself on every page.
pub trait Notices: Send + Sync {
    /// Returns what a reader should know now, most important first.
    fn banners(&self) -> Vec<Banner>;

    /// Returns the config in force, without secrets, in the order to show it.
    fn settings(&self) -> Vec<Setting>;

    /// Returns what the environment says, without secrets.
    fn environment(&self) -> Vec<Setting>;

    /// Returns how mails leave.
    fn mail_way(&self) -> MailWay;

    /// Returns how the server runs.
    fn running(&self) -> Running;

    /// Returns for how many days pings are kept.
    fn history_days(&self) -> f64;
}

/// Secrets that open something for reading.
pub trait Keys: Send + Sync {
    /// Returns the SHA-256 of the token that opens the meters, if there is one.
    fn metrics_token(&self) -> Option<[u8; 32]>;

    /// Tells whether a link to one day of one check's log carries the right signature.
    fn is_signed(&self, name: &str, date: jiff::civil::Date, signature: &str) -> bool;
}

/// Something that a reader of any page should know.
#[derive(Clone, Debug)]
pub struct Banner {
    /// How loud it is.
    pub urgency: Urgency,
    /// The whole sentence. It may name files and addresses, so only those who are signed in see it.
    pub text: String,
    /// The same for everybody, without particulars; `None` if strangers need not know.
    pub public: Option<&'static str>,
}

/// How loud a banner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Somebody must act: alerts or pings do not get through.
    Trouble,
    /// Things are not as one might think.
    Warning,
}

impl Urgency {
    fn word(self) -> &'static str {
        match self {
            Self::Trouble => "trouble",
            Self::Warning => "warning",
        }
    }
}

/// A line of the config in force.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its key in the config file or environment.
    pub name: String,
    /// Its value as a reader understands it.
    pub value: String,
    /// From where it comes.
    pub source: Source,
}

/// From where a setting comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The config file says it.
    File,
    /// The environment says it.
    Environment,
    /// Nobody says anything else.
    Default,
}

/// How mails leave, and what keeps them from it.
#[derive(Clone, Debug)]
pub struct MailWay {
    /// By which server, and how.
    pub words: String,
    /// They do not leave: they are put into the local inbox.
    pub is_inbox: bool,
    /// Why they are not going out; `None` while they are.
    pub trouble: Option<MailTrouble>,
}

/// What keeps mails from going out.
#[derive(Clone, Debug)]
pub struct MailTrouble {
    /// What was tried last and how it failed.
    pub words: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// When the mail server is asked again.
    pub next_try: Option<Timestamp>,
}

/// How the server runs.
#[derive(Clone, Debug)]
pub struct Running {
    /// Where the config comes from.
    pub origin: String,
    /// When the server started.
    pub started: Timestamp,
    /// When the config was last read again; `None` since the start.
    pub reloaded: Option<Timestamp>,
    /// Why the config that was read last is not in force; `None` if it is.
    pub config_error: Option<String>,
    /// What else there is to say of the config in force.
    pub config_notices: Vec<String>,
}

/// The fields of a form or a query, in their order.
type Pairs = Vec<(String, String)>;

type State = axum::extract::State<Arc<Rooms>>;

/// Names every page, with who may use it.
fn pages() -> Vec<Page<Arc<Rooms>>> {
    use Policy::{Everybody, Proven, SignedIn};
    let mut pages = vec![
        Page::get("/live", SignedIn, live::stream),
        Page::post("/testing/ping", SignedIn, testing::ping),
        Page::get("/mails", SignedIn, mails::list),
        Page::post("/mails/{id}/again", SignedIn, mails::send_again),
        Page::post("/mails/again", SignedIn, mails::send_all_again),
        Page::get("/settings", SignedIn, settings::page),
        Page::post("/settings/keys", SignedIn, access_keys::make),
        Page::get("/settings/keys/{id}/revoke", SignedIn, access_keys::ask),
        Page::post("/settings/keys/{id}/revoke", SignedIn, access_keys::revoke),
        Page::get("/inbox", SignedIn, inbox::list),
        Page::get("/inbox/{number}", SignedIn, inbox::mail),
        Page::get("/inbox/{number}/html", SignedIn, inbox::html_part),
        Page::get("/inbox/{number}/source", SignedIn, inbox::source),
        Page::get("/checks/new", SignedIn, adding::form),
        Page::post("/checks/new", SignedIn, adding::make),
        Page::post("/checks/bulk", SignedIn, bulk::act),
        Page::post("/sign-out", SignedIn, sign_in::sign_out),
        Page::post("/sign-out/everywhere", SignedIn, sign_in::sign_out_everywhere),
        // Shows the checks to who is signed in, and the form to sign in to the others.
        Page::get("/", Proven, list::page),
        Page::get("/sign-in", Everybody, sign_in::link_page),
        Page::post("/sign-in", Everybody, sign_in::sign_in),
        Page::get("/logs", Proven, logs::day),
        Page::get("/metrics", Proven, metrics::text),
        // Open to everybody once its owner has switched it on.
        Page::get("/status", Proven, status::page),
        Page::get("/status/setup", SignedIn, status_setup::form),
        Page::post("/status/setup", SignedIn, status_setup::save),
        Page::get("/badges", SignedIn, badges::page),
        Page::get("/wall", SignedIn, wall::page),
        Page::get("/wall/live", SignedIn, wall::stream),
        Page::get("/docs", Everybody, docs::start),
        Page::get("/docs/{name}", Everybody, docs::text),
        Page::get("/static/{file}", Everybody, assets::file),
        Page::get("/favicon.ico", Everybody, assets::favicon),
    ];
    pages.extend(check::pages());
    pages
}

/// Lists the routes of all pages.
pub fn routes() -> impl Iterator<Item = Route> {
    pages().into_iter().flat_map(|page| page.routes)
}

/// Returns all pages. Whatever is not named there is a 404, and whatever changes something has to come from a page of
/// this server.
pub fn router(rooms: Rooms) -> Router {
    let rooms = Arc::new(rooms);
    let for_signed_in = |methods: MethodRouter<Arc<Rooms>>| {
        methods.route_layer(middleware::from_fn_with_state(Arc::clone(&rooms), guard::require_session))
    };
    routes::router(pages(), for_signed_in)
        .method_not_allowed_fallback(guard::method_not_allowed)
        .route_layer(middleware::from_fn(guard::require_same_origin))
        .fallback(guard::not_found)
        .with_state(Arc::clone(&rooms))
}

/// The pages that every page leads to: the place that their [`Frame`] names, the address, and the word.
const NAVIGATION: &[(&str, &str, &str)] = &[
    ("checks", "/", words::layout::CHECKS),
    ("mails", "/mails", words::layout::MAILS),
    ("status", "/status/setup", words::layout::STATUS),
    ("settings", "/settings", words::layout::SETTINGS),
    ("docs", "/docs", words::layout::HELP),
];

/// What the request before has done.
struct Done {
    sentence: String,
    /// Nothing was done.
    is_refusal: bool,
}

/// What every page shows around its own matter.
struct Frame {
    title: String,
    /// The file with the icon of the window.
    icon: &'static str,
    banners: Vec<(&'static str, String)>,
    done: Option<Done>,
    is_signed_in: bool,
    /// The page has a table that uses the whole width of a screen.
    is_wide: bool,
    /// The place in the navigation.
    place: &'static str,
}

impl Frame {
    fn new(rooms: &Rooms, title: impl Into<String>, place: &'static str, is_signed_in: bool) -> Self {
        let banners = rooms.notices.banners().into_iter().filter_map(|banner| {
            let text = if is_signed_in { Some(banner.text) } else { banner.public.map(str::to_owned) };
            Some((banner.urgency.word(), text?))
        });
        Self {
            title: title.into(),
            icon: "icon.svg",
            banners: banners.collect(),
            done: None,
            is_signed_in,
            is_wide: false,
            place,
        }
    }

    /// Says what was done, if the address has `done` with a key of the list in `words/done.rs`; `of` beside it is how
    /// many things it was done to.
    fn with_done(mut self, pairs: &[(String, String)]) -> Self {
        let of = first(pairs, "of").and_then(|of| of.parse().ok()).unwrap_or(1);
        self.done = first(pairs, "done").and_then(|key| words::done::sentence(key, of)).map(|sentence| {
            Done { is_refusal: first(pairs, "done").is_some_and(words::done::is_refusal), sentence }
        });
        self
    }

    fn navigation(
        &self,
    ) -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> + use<> {
        NAVIGATION.iter().take(if self.is_signed_in { NAVIGATION.len() } else { 0 })
    }
}

/// Returns the first value of a field; of a repeated one the first counts.
fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn html(status: StatusCode, template: &impl Template) -> Response<Body> {
    let Ok(text) = template.render() else {
        return answer::plain(StatusCode::INTERNAL_SERVER_ERROR, words::answers::UNRENDERED);
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

fn see_other(path: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let location = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// Says that the store cannot answer at the moment.
fn unavailable() -> Response<Body> {
    let mut response = answer::plain(StatusCode::SERVICE_UNAVAILABLE, words::answers::UNAVAILABLE);
    answer::set_retry_after(&mut response, std::time::Duration::from_secs(5));
    response
}
