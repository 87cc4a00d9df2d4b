//! Running: starts the rounds, opens the door, hears signals, and stops in good order.

use std::process::ExitCode;
use std::sync::Arc;

use domain::time::Span;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{JoinHandle, JoinSet};

use super::held::HeldDoor;
use super::{App, Common};
use crate::outbox::End;
use crate::reload::{Fingerprint, Reloader};
use crate::rounds::{Bell, Rounds};
use crate::store::error::StoreError;

/// The exit status of a server in which something broke: the supervisor starts it again, and nothing is lost.
const BROKEN: u8 = 70;

/// The exit status of a server that was told twice to stop.
const HURRIED: u8 = 130;

/// How long is waited before anybody is judged after a restart behind a held door: what has waited at it is taken in
/// milliseconds, and a ping that came in time must not be overtaken by the watchdog.
const TAKES_WAITING: Span = Span::from_seconds(1);

/// What a supervisor does for the server, and what it wants to hear.
pub struct Supervisor {
    /// The door, if it holds it open while nobody is here.
    pub held: Option<HeldDoor>,
    /// Passes have to come at least this often.
    pub passes_at_least_every: Option<Span>,
    /// Told once, when pings are taken.
    pub on_ready: Box<dyn Fn() + Send>,
    /// Told after each evaluation pass.
    pub on_pass: Box<dyn Fn() + Send>,
    /// Told when the server begins to stop.
    pub on_stopping: Box<dyn Fn() + Send>,
}

impl App {
    /// Runs the server until a signal stops it or something in it breaks; returns the status to exit with.
    ///
    /// `seen` tells which text of the config file was read.
    pub async fn run(
        mut self,
        supervisor: Supervisor,
        mut signals: Signals,
        seen: Option<Fingerprint>,
    ) -> ExitCode {
        let Supervisor { held, passes_at_least_every, on_ready, on_pass, on_stopping } = supervisor;
        // Before the first ping: whoever starts after a crash must not find it.
        let Ok(left_at) = self.common.store.take_stop_mark().await else { return ExitCode::from(BROKEN) };
        self.rooms.watchdog.passes_at_least_every = passes_at_least_every;
        self.rooms.watchdog.on_pass = Box::new(move |_| on_pass());
        let rounds = Rounds {
            clock: self.common.clock.clone(),
            beats: self.common.beats.clone(),
            stop: self.stop.subscribe(),
        };
        let end = self.rooms.outbox.end();
        let mut guarded = JoinSet::new();
        for round in start_rounds(&rounds, self.rooms, &self.common) {
            guarded.spawn(round);
        }
        let committer = self.committer;
        let writer = tokio::task::spawn_blocking(move || committer.join());
        let front = tokio::spawn(crate::http::serve(self.listener, self.front, self.stop.subscribe()));
        tokio::spawn(self.reloader.clone().watch(seen));
        on_ready();
        faults::points::reach(faults::points::Point::StartListening);
        if listen(&self.common, held.as_ref(), left_at).await.is_err() {
            return ExitCode::from(BROKEN);
        }
        tokio::pin!(writer);
        let broken = tokio::select! {
            () = signals.until_stop(&self.reloader) => None,
            Some(round) = guarded.join_next() => Some(round.is_ok_and(|round| round.is_ok())),
            _ = &mut writer => Some(false),
        };
        if broken == Some(false) {
            tracing::error!("a part of the server broke; it ends, so that its supervisor starts it anew");
            return ExitCode::from(BROKEN);
        }
        on_stopping();
        let mark = held.and_then(|door| door.mark());
        tracing::info!("stopping: what is in flight is finished first");
        // Nobody listens when everything is gone already.
        let _ = self.stop.send(true);
        tokio::select! {
            () = signals.until_hurried(&self.reloader) => ExitCode::from(HURRIED),
            () = stop_in_order(&self.common, front, end, mark) => {
                let ended = writer.await;
                if ended.is_ok_and(|joined| joined.is_ok()) { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) }
            }
        }
    }
}

/// Starts all rounds and returns their handles.
fn start_rounds(rounds: &Rounds, rooms: super::Rooms, common: &Common) -> Vec<JoinHandle<()>> {
    vec![
        rounds.start(rooms.timekeeper, Bell::default()),
        rounds.start(rooms.watchdog, common.bells.watchdog.clone()),
        rounds.start(rooms.outbox, common.bells.outbox.clone()),
        rounds.start(rooms.sweeper, Bell::default()),
        rounds.start(rooms.heartbeat, Bell::default()),
    ]
}

/// Begins to judge: nobody was heard since the last sign of life, unless all who came meanwhile waited at the door.
async fn listen(common: &Common, held: Option<&HeldDoor>, left_at: Option<String>) -> Result<(), StoreError> {
    if let Some(door) = held
        && left_at.is_some()
    {
        common.clock.sleep_until(common.clock.now() + TAKES_WAITING).await;
        if door.mark() == left_at {
            tracing::info!(
                "the supervisor held the door open: whoever came during the restart has been heard"
            );
            return common.store.listen_on().await;
        }
    }
    common.store.listen().await
}

/// First the pings in flight, then the mails in hand, then the last sign of life.
async fn stop_in_order(common: &Common, front: JoinHandle<()>, end: End, mark: Option<String>) {
    // A front that broke has nothing in flight.
    let _ = front.await;
    end.wait().await;
    match common.store.stamp_stop(common.bulletin.report().untrusted_for, mark).await {
        Ok(()) => {}
        Err(error) => {
            tracing::warn!("the time of this stop was not written: {error}");
        }
    }
    common.store.close();
}

/// The signals that stop the server or reload its config.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Begins to hear them. What comes before the server runs is heeded when it does.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the signal that stops the server, and reloads the config at each that asks for it.
    async fn until_stop(&mut self, reloader: &Arc<Reloader>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hang_up.recv() => reloader.reload().await,
            }
        }
    }

    /// Waits for a second signal to stop.
    async fn until_hurried(&mut self, reloader: &Arc<Reloader>) {
        self.until_stop(reloader).await;
    }
}
