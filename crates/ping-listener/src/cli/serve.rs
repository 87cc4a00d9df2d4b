//! `serve`: runs everything in one process.

use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use domain::time::Span;
use jiff::tz::TimeZone;
use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokio::net::{TcpListener, TcpSocket};

use super::{Failure, LookUp, ServeOptions, logs, say_error};
use crate::app::held::HeldDoor;
use crate::app::run::{Signals, Supervisor};
use crate::app::{App, BuildError, Parts};
use crate::channels::email::Deadlines;
#[cfg(feature = "fault-injection")]
use crate::clock::stepped::{SteppedSource, VARIABLE};
use crate::clock::{Source, SystemSource};
use crate::config::environment::Environment;
use crate::http::Limits;
use crate::random::Random;

/// Callers whom the kernel lets wait for us: a whole fleet comes back at once after a restart, and whom the kernel does
/// not let wait tries again a second later. The system's own limit (`net.core.somaxconn`) may be lower.
const WAITING_MAX: u32 = 4_096;

pub(super) fn serve(options: &ServeOptions, look_up: LookUp<'_>) -> Result<ExitCode, Failure> {
    logs::start(options.log_format, &options.log).map_err(Failure::misconfigured)?;
    // One provider of cryptography in the whole process; an earlier one would be the same.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start threads: {error}")))?;
    let outcome = runtime.block_on(build_and_run(options, look_up));
    // What still waits for a mail server or a reader is not worth waiting for: it is leased, and tried again.
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

async fn build_and_run(options: &ServeOptions, look_up: LookUp<'_>) -> Result<ExitCode, Failure> {
    // First of all: a request to stop or to reload that comes during the start would end the process.
    let signals =
        Signals::listen().map_err(|error| Failure::failed(format!("cannot hear signals: {error}")))?;
    // Looked at before it is read: what changes in between is read once more.
    let seen = options.origin().fingerprint();
    let (origin, config, environment) = options.read(look_up)?;
    let (listener, held) = open_door(options.listen)?;
    let has_password = environment.testing_password.is_some();
    let parts = parts(options, look_up, (origin, config, environment), listener);
    let (config_name, data) = (parts.origin.name(), parts.data.display().to_string());
    let app = App::build(parts).await.map_err(|error| match error {
        BuildError::Settings(_) => Failure::misconfigured(error.to_string()),
        BuildError::Open(_) | BuildError::Store(_) | BuildError::Socket(_) => {
            Failure::failed(error.to_string())
        }
    })?;
    say_start(&app, &config_name, &data, has_password).await;
    Ok(app.run(supervisor(held), signals, seen).await)
}

/// Takes the door that the supervisor holds open, if it does, and opens one at `listen` otherwise.
fn open_door(listen: SocketAddr) -> Result<(TcpListener, Option<HeldDoor>), Failure> {
    let unusable = |error| Failure::failed(format!("the supervisor's socket cannot be used: {error}"));
    if let Some(passed) = ListenFd::from_env().take_tcp_listener(0).map_err(unusable)? {
        passed.set_nonblocking(true).map_err(unusable)?;
        let listener = TcpListener::from_std(passed).map_err(unusable)?;
        let held = HeldDoor::of(&listener).map_err(unusable)?;
        return Ok((listener, Some(held)));
    }
    let listener = bind(listen).map_err(|error| {
        Failure::failed(format!("cannot listen on {listen}: {error}; give another address with --listen"))
    })?;
    Ok((listener, None))
}

fn bind(listen: SocketAddr) -> io::Result<TcpListener> {
    let socket = if listen.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As the library's own way to listen does: a restart does not wait for the connections of before.
    socket.set_reuseaddr(true)?;
    socket.bind(listen)?;
    socket.listen(WAITING_MAX)
}

fn parts(
    options: &ServeOptions,
    look_up: LookUp<'_>,
    (origin, config, environment): (crate::reload::Origin, crate::config::Config, Environment),
    listener: TcpListener,
) -> Parts {
    Parts {
        data: options.data(look_up),
        origin,
        config,
        environment,
        listener,
        source: source(look_up),
        zone: TimeZone::system(),
        random: Random::from_system(),
        limits: Limits::default(),
        mail_deadlines: Deadlines::default(),
        has_terminal: io::stderr().is_terminal(),
    }
}

/// The machine's own clocks; in a build for proofs, where its environment says so, with a wall clock that can be set.
#[cfg_attr(not(feature = "fault-injection"), expect(unused_variables, reason = "only proofs set the clock"))]
fn source(look_up: LookUp<'_>) -> Arc<dyn Source> {
    #[cfg(feature = "fault-injection")]
    if let Some(file) = look_up(VARIABLE) {
        return Arc::new(SteppedSource::new(file.into()));
    }
    Arc::new(SystemSource)
}

/// Says where everything is, in one line, and what a newcomer has to know in a few more.
async fn say_start(app: &App, config: &str, data: &str, has_password: bool) {
    let checks = app.common.store.standings().await.map_or(0, |counts| counts.iter().map(|(_, n)| n).sum());
    let open = app.common.store.open_checks();
    let address = app.address;
    let mail = &app.mail;
    tracing::info!(
        %address, checks,
        "listening on http://{address}; config: {config}; data: {data}/ping-listener.db; {checks} checks; mails go to {mail}"
    );
    if 0 < open {
        tracing::info!("{open} users have no ping_key: whoever reaches this address can ping in their names");
    }
    if !address.ip().is_loopback() {
        tracing::warn!(
            "others than this machine can reach this address without encryption; put a proxy with TLS before it"
        );
    }
    if let Some(link) = &app.sign_in_link {
        // On the terminal and not in the log: it opens the door.
        say_error(&format!("sign in within ten minutes, once: {link}"));
    } else if !has_password {
        tracing::warn!("TESTING_PASSWORD is not set, so nobody can sign in to the pages");
    }
}

/// Tells systemd how the server is, when it was started by it.
fn supervisor(held: Option<HeldDoor>) -> Supervisor {
    let watchdog = sd_notify::watchdog_enabled();
    // A supervisor that does not listen is none.
    let notify = |state: NotifyState<'static>| drop(sd_notify::notify(&[state]));
    Supervisor {
        held,
        passes_at_least_every: watchdog
            .map(|limit| Span::from_micros(i64::try_from(limit.as_micros() / 3).unwrap_or(i64::MAX))),
        on_ready: Box::new(move || notify(NotifyState::Ready)),
        on_pass: Box::new(move || {
            if watchdog.is_some() {
                notify(NotifyState::Watchdog);
            }
        }),
        on_stopping: Box::new(move || notify(NotifyState::Stopping)),
    }
}
