//! The wiring: builds every room once, from what it needs, behind an open door.

mod declarations;
mod facing;
pub mod held;
mod mail;
mod rooms;
pub mod run;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};

use crate::api::{self, Api};
use crate::bulletin::Bulletin;
use crate::channels::email::Deadlines;
use crate::clock::{Clock, Source};
use crate::config::environment::Environment;
use crate::config::mail_route::mail_route;
use crate::config::{Config, InForce};
use crate::explaining::declarations::Declarations;
use crate::http::routes::Route;
use crate::http::{Front, Limits, Terms};
use crate::ingest;
use crate::ingest::listener::Listener;
use crate::ingest::native::{Ground, NativePings};
use crate::ingest::seed::SeedPings;
use crate::keys::Keys;
use crate::links::SharedLinks;
use crate::random::Random;
use crate::reload::{Origin, Reloader, links, take_declaration};
use crate::rounds::Beats;
use crate::store::error::{OpenError, StoreError};
use crate::store::{Bells, ChannelKind, Store, Trust};
use crate::telemetry::Telemetry;
use crate::web;
use crate::web::session::Sessions;
use declarations::DeclaringConfig;
use facing::Facing;
pub use mail::{channel_of, route_in_words};
pub use rooms::Rooms;

/// What a server is made from.
pub struct Parts {
    /// The folder of its data.
    pub data: PathBuf,
    /// Where its config comes from.
    pub origin: Origin,
    /// The config itself.
    pub config: Config,
    /// Passwords and the mail server.
    pub environment: Environment,
    /// The open door.
    pub listener: TcpListener,
    /// Where time comes from.
    pub source: Arc<dyn Source>,
    /// The local time zone.
    pub zone: TimeZone,
    /// Where random numbers come from.
    pub random: Random,
    /// How much clients may ask.
    pub limits: Limits,
    /// How long a mail server may take for each phase.
    pub mail_deadlines: Deadlines,
    /// Somebody sits at the terminal, who may be given a link to sign in by.
    pub has_terminal: bool,
}

/// Why a server cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Settings have to be mended; one sentence each.
    #[error("{}", .0.join("\n"))]
    Settings(Vec<String>),
    /// The store cannot write.
    #[error("the data folder cannot be written: {0}")]
    Store(#[from] StoreError),
    /// The listening socket is of no use.
    #[error("the listening socket failed: {0}")]
    Socket(#[from] std::io::Error),
}

/// A server whose rooms are built and whose door is open, but whose rounds do not turn.
pub struct App {
    /// What all rooms share.
    pub common: Common,
    /// Puts a changed config in force.
    pub reloader: Arc<Reloader>,
    /// Set to true to stop the server.
    pub stop: watch::Sender<bool>,
    /// The rounds, to be started or to be stepped by hand.
    pub rooms: Rooms,
    /// Takes connections.
    pub front: Arc<Front<Listener>>,
    /// The open door.
    pub listener: TcpListener,
    /// The address it listens on.
    pub address: SocketAddr,
    /// The writer's thread.
    pub committer: JoinHandle<()>,
    /// A link by which somebody at the terminal may sign in once.
    pub sign_in_link: Option<String>,
    /// Where mails go, in words.
    pub mail: String,
}

/// What all rooms share.
#[derive(Clone)]
pub struct Common {
    /// Where everything is remembered.
    pub store: Store,
    /// Tells the time.
    pub clock: Clock,
    /// What is wrong with the server itself.
    pub bulletin: Bulletin,
    /// Whether the rounds turn.
    pub beats: Beats,
    /// The config in force.
    pub config: InForce,
    /// The links of the config in force.
    pub links: SharedLinks,
    /// The meters.
    pub telemetry: Arc<Telemetry>,
    /// Whom the writer wakes.
    pub bells: Bells,
    /// Draws random numbers.
    pub random: Random,
    /// Who may use the API, and who may ping by slug.
    pub keys: Keys,
}

impl App {
    /// Builds a server and declares its checks. Nobody is answered and nobody alerted until it is run.
    pub async fn build(mut parts: Parts) -> Result<Self, BuildError> {
        let address = parts.listener.local_addr()?;
        let telemetry = Arc::new(Telemetry::new());
        let bells = Bells::default();
        let meters = (telemetry.clone(), bells.clone());
        let opened =
            Store::open(&parts.data, parts.source, parts.zone.clone(), parts.random.clone(), meters)?;
        let (store, clock) = (opened.store, opened.clock);
        let has_sent = store.has_sent_by_email().await?;
        let route = mail_route(&parts.config, &parts.environment, address.ip().is_loopback(), has_sent)
            .map_err(BuildError::Settings)?;
        let mail = route_in_words(&route);
        let (channel, kind) =
            channel_of(route, parts.mail_deadlines).map_err(|error| BuildError::Settings(vec![error]))?;
        store.choose_channel(kind).await?;
        declare(&store, &mut parts.config).await?;
        faults::points::reach(faults::points::Point::StartDeclared);
        let own_url = format!("http://{address}");
        let common = Common {
            keys: Keys::new(store.clone(), clock.clone(), &parts.environment),
            links: SharedLinks::new(links(&parts.config, &own_url, store.secret())),
            config: InForce::new(parts.config),
            bulletin: Bulletin::default(),
            beats: Beats::default(),
            store,
            clock,
            telemetry,
            bells,
            random: parts.random,
        };
        common.bulletin.update(|report| report.mails_stay_here = kind == ChannelKind::Inbox);
        let (stop, stopping) = watch::channel(false);
        let reloader = Arc::new(reloader(&common, parts.origin, own_url));
        let rooms = Rooms::new(&common, channel, (opened.start, opened.untrusted), stopping);
        let may_print_link = parts.has_terminal && kind == ChannelKind::Inbox && address.ip().is_loopback();
        let facing = Arc::new(Facing::new(&common, &parts.environment, reloader.origin.name(), mail.clone()));
        let door = Door::new(&common, &parts.environment, may_print_link);
        let sign_in_link = door.token.as_ref().map(|token| format!("http://{address}/sign-in?token={token}"));
        let declarations: Arc<dyn Declarations> = Arc::new(DeclaringConfig(reloader.origin.clone()));
        let pages = pages(&common, door, facing, declarations.clone(), stop.subscribe());
        let pages = pages.merge(interface(&common, declarations));
        let terms = terms(&common, parts.limits);
        let pings = pings(&common);
        let front = Arc::new(Front::new(pings, pages, terms, common.telemetry.clone()));
        let listener = parts.listener;
        let committer = opened.committer;
        Ok(Self { common, reloader, stop, rooms, front, listener, address, committer, sign_in_link, mail })
    }
}

async fn declare(store: &Store, config: &mut Config) -> Result<(), BuildError> {
    for notice in &config.notices {
        tracing::warn!("{notice}");
    }
    let declared = store.declare(take_declaration(config), Trust::Start).await?;
    let declared = declared.map_err(|refusal| BuildError::Settings(vec![refusal.to_string()]))?;
    for name in &declared.granted_time {
        tracing::info!("user {name} would be late by its new max_sleep, and is given one from now");
    }
    Ok(())
}

fn reloader(common: &Common, origin: Origin, own_url: String) -> Reloader {
    let config = common.config.load();
    Reloader {
        origin,
        store: common.store.clone(),
        in_force: common.config.clone(),
        mail_at_start: (config.mail, config.mail_from.clone()),
        links: common.links.clone(),
        own_url,
        bulletin: common.bulletin.clone(),
        telemetry: common.telemetry.clone(),
        clock: common.clock.clone(),
        turn: Mutex::default(),
    }
}

/// Who may sign in.
struct Door {
    password: Option<[u8; 32]>,
    sessions: Arc<Sessions>,
    /// Opens the door once.
    token: Option<String>,
}

impl Door {
    fn new(common: &Common, environment: &Environment, may_print_link: bool) -> Self {
        let sessions = Arc::new(Sessions::default());
        match &environment.testing_password {
            Some(password) => {
                let digest = Sha256::digest(password.reveal().as_bytes()).into();
                Self { password: Some(digest), sessions, token: None }
            }
            // A first try: nobody knows the password of this run, and the link opens the door.
            None if may_print_link => {
                let token = sessions.offer_link(common.random.bytes(), common.clock.now());
                Self { password: Some(common.random.bytes()), sessions, token: Some(token) }
            }
            None => Self { password: None, sessions, token: None },
        }
    }
}

fn pages(
    common: &Common,
    door: Door,
    facing: Arc<Facing>,
    declarations: Arc<dyn Declarations>,
    stopping: watch::Receiver<bool>,
) -> Router {
    let pages = web::router(web::Rooms {
        store: common.store.clone(),
        clock: common.clock.clone(),
        random: common.random.clone(),
        password: door.password,
        sessions: door.sessions,
        sign_ins: web::SignIns::default(),
        status: web::StatusCache::default(),
        sight: web::Sight::default(),
        notices: facing.clone(),
        links: common.links.clone(),
        declarations,
        keys: facing.clone(),
        telemetry: common.telemetry.clone(),
        stopping,
    });
    let (beats, clock) = (common.beats.clone(), common.clock.clone());
    let health = api::health::router(api::health::Health {
        store: common.store.clone(),
        stale_loops: Box::new(move || beats.stale(clock.now()).into_iter().map(str::to_owned).collect()),
        troubles: Box::new(move || facing.troubles()),
    });
    health.merge(pages)
}

fn pings(common: &Common) -> Listener {
    let Common { store, telemetry, clock, config, keys, .. } = common.clone();
    let seed = SeedPings::new(store.clone(), telemetry.clone(), clock.zone().clone());
    Listener::new(seed, NativePings::new(Ground { store, telemetry, clock, config, keys }, routes()))
}

/// Returns what answers programs.
fn interface(common: &Common, declarations: Arc<dyn Declarations>) -> Router {
    api::router(Api {
        store: common.store.clone(),
        clock: common.clock.clone(),
        links: common.links.clone(),
        config: common.config.clone(),
        keys: common.keys.clone(),
        declarations,
    })
}

/// Lists every route that the server has; what `pages` and `interface` merge is named here.
#[must_use]
pub fn routes() -> Vec<Route> {
    let pings = ingest::seed::ROUTES.into_iter().chain(ingest::native::routes());
    pings.chain(api::health::routes()).chain(api::routes()).chain(web::routes()).collect()
}

fn terms(common: &Common, limits: Limits) -> Terms {
    let config = common.config.clone();
    let is_trusted =
        move |peer: IpAddr| config.load().trusted_proxies.iter().any(|network| network.contains(peer));
    Terms { is_trusted: Box::new(is_trusted), limits, key: common.random.bytes() }
}
