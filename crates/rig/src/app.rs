//! A whole server in a temporary folder, whose rounds turn only as a story moves the clock.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::time::{Span, Timestamp};
use jiff::tz::TimeZone;
use ping_listener::app::{App, Common, Parts, Rooms};
use ping_listener::channels::email::Deadlines;
use ping_listener::config::environment::Environment;
use ping_listener::http::{self, Limits};
use ping_listener::random::Random;
use ping_listener::reload::{Origin, Reloader};
use ping_listener::rounds::Wake;
use ping_listener::timekeeper::Pace;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::client::{self, Answer};
use super::smtp::{Act, At, Behaviour, MailServer};
use crate::clock::ManualSource;
use crate::surroundings::{copy_files, mail_variables, memory_folder};
use crate::turns::{StallCount, join, turn};

/// When stories begin, by the wall clock; in Riga it is five past nine.
pub const BEGIN: &str = "2026-11-21T07:05:00Z";

/// The password of the pages.
pub const TESTING_PASSWORD: &str = "open sesame";

/// How late a sleeper wakes, as on a real machine: without it, `t - A > email_frequency` would never hold at a pass
/// that comes exactly when it should.
const LATENESS: Span = Span::from_millis(1);

/// How long the real threads behind the server may take for what they do; only a failing story waits so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a story starts from.
pub struct Setup {
    config: String,
    zone: TimeZone,
    begin: jiff::Timestamp,
    variables: Vec<(&'static str, String)>,
    mail_deadlines: Deadlines,
    pace: Pace,
    stalled: StallCount,
}

impl Setup {
    /// Starts from a config, in Riga, with mails that stay in the local inbox.
    pub fn new(config: impl Into<String>) -> Self {
        Self {
            config: config.into(),
            zone: TimeZone::get("Europe/Riga").unwrap(),
            begin: BEGIN.parse().unwrap(),
            variables: vec![("TESTING_PASSWORD", TESTING_PASSWORD.to_owned())],
            mail_deadlines: Deadlines::default(),
            pace: Pace::DEFAULT,
            stalled: Arc::new(|| 0),
        }
    }

    /// Begins at another time of the wall clock.
    pub fn at(mut self, begin: &str) -> Self {
        self.begin = begin.parse().unwrap();
        self
    }

    /// Sends mails to a mail server.
    pub fn mail_server(mut self, server: &MailServer) -> Self {
        self.variables.extend(mail_variables(server));
        self.stalled = server.stall_count();
        self
    }

    /// Finds a variable in the environment.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Lives in another time zone.
    pub fn zone(mut self, name: &str) -> Self {
        self.zone = TimeZone::get(name).unwrap();
        self
    }

    /// Waits so long for the mail server, in real time: conversations that stall end by it.
    pub fn mail_deadlines(mut self, deadlines: Deadlines) -> Self {
        self.mail_deadlines = deadlines;
        self
    }

    /// Looks at the clocks a few times an hour only, so that months pass in seconds.
    pub fn unhurried(mut self) -> Self {
        let looks = Span::from_minutes(15);
        self.pace = Pace { looks, stamps: looks };
        self
    }

    /// Starts the server.
    pub async fn start(self) -> TestApp {
        let folder = memory_folder();
        fs::write(folder.path().join("config.json"), &self.config).unwrap();
        let clock = Arc::new(ManualSource::new(self.begin));
        let Self { zone, variables, mail_deadlines, pace, begin, .. } = self;
        let world = World { folder, clock, zone, variables, mail_deadlines, pace, begin };
        let running = Running::start(&world, &self.stalled).await;
        TestApp { world, running, stalled: self.stalled }
    }
}

/// A server and the world around it.
pub struct TestApp {
    world: World,
    running: Running,
    stalled: StallCount,
}

/// What stays when the server ends.
struct World {
    folder: TempDir,
    clock: Arc<ManualSource>,
    zone: TimeZone,
    variables: Vec<(&'static str, String)>,
    mail_deadlines: Deadlines,
    pace: Pace,
    begin: jiff::Timestamp,
}

/// One run of the server.
struct Running {
    common: Common,
    rooms: Rooms,
    reloader: Arc<Reloader>,
    stop: watch::Sender<bool>,
    address: SocketAddr,
    front: JoinHandle<()>,
    committer: std::thread::JoinHandle<()>,
    wakes: [Wake; 4],
}

/// A mail, whichever way it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    /// Seconds of wall-clock time since the story began; in the local inbox only.
    pub at: f64,
    /// For whom it is.
    pub recipient: String,
    /// Its subject, decoded.
    pub subject: String,
    /// Its text part, decoded.
    pub text: String,
}

/// Starts a server whose mails stay in the local inbox.
pub async fn start(config: impl Into<String>) -> TestApp {
    Setup::new(config).start().await
}

/// Writes a config: the server's own keys (each with a comma behind it), and the users.
pub fn config(keys: &str, users: &str) -> String {
    format!(
        r#"{{"recipient": "you@example.org", "public_url": "https://pings.example.org", {keys} "users": {{{users}}}}}"#
    )
}

/// Writes a monitored user.
pub fn user(name: &str, max_sleep: f64, email_frequency: f64, keys: &str) -> String {
    format!(
        r#""{name}": {{"monitor": true, "max_sleep": {max_sleep}, "email_frequency": {email_frequency} {keys}}}"#
    )
}

impl TestApp {
    /// Returns the clock, to be moved under a server that is not told.
    pub fn clock(&self) -> &ManualSource {
        &self.world.clock
    }

    /// Returns what all rooms share.
    pub fn common(&self) -> &Common {
        &self.running.common
    }

    /// Returns where the server keeps its database.
    pub fn database(&self) -> PathBuf {
        self.world.folder.path().join("data/ping-listener.db")
    }

    /// Returns where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.running.address
    }

    /// Moves the clock, and lets every room do what it wants to do on the way.
    pub async fn advance(&mut self, seconds: f64) {
        let target = self.running.common.clock.now() + span(seconds);
        loop {
            self.running.turn(&self.stalled).await;
            let now = self.running.common.clock.now();
            let next = self.running.next_wake().max(now) + LATENESS;
            if target < next {
                break;
            }
            self.world.clock.advance(next - now);
        }
        self.world.clock.advance(target - self.running.common.clock.now());
    }

    /// Moves the clock to so many seconds of service time after the story's beginning, like [`Self::advance`].
    pub async fn advance_to(&mut self, seconds: f64) {
        self.advance(seconds - self.seconds()).await;
    }

    /// Returns how many seconds of service time have passed since the story's beginning.
    pub fn seconds(&self) -> f64 {
        let begin = Timestamp::from_micros(self.world.begin.as_microsecond());
        (self.running.common.clock.now() - begin).as_seconds_f64()
    }

    /// Lets time pass in which the machine runs and the server does not.
    pub async fn stall(&mut self, seconds: f64) {
        self.world.clock.advance(span(seconds));
        self.running.turn(&self.stalled).await;
    }

    /// Lets time pass in which the machine sleeps.
    pub async fn suspend(&mut self, seconds: f64) {
        self.world.clock.suspend(span(seconds));
        self.running.turn(&self.stalled).await;
    }

    /// Sends a ping and returns the answer.
    pub async fn ping(&self, name: &str) -> Answer {
        self.get(&format!("/ping?username={name}")).await
    }

    /// Sends a ping that has to be taken.
    pub async fn pings(&self, name: &str) {
        assert_eq!(self.ping(name).await.status, 200, "{name}");
    }

    /// Asks for a page.
    pub async fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, &[]).await
    }

    /// Sends a request without a body.
    pub async fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
        client::request(self.running.address, method, target, headers, "").await
    }

    /// Sends a request with a body.
    pub async fn post(&self, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        client::request(self.running.address, "POST", target, headers, body).await
    }

    /// Lets all stalled conversations at the mail server go on, and waits for what comes of it.
    pub async fn release(&mut self, server: &MailServer) {
        server.release();
        self.running.wait_for_senders(&self.stalled).await;
    }

    /// Waits until no mail is under way, those that stall included: until their deadlines, in real time.
    pub async fn settle(&self) {
        self.running.wait_for_senders(&(Arc::new(|| 0usize) as StallCount)).await;
    }

    /// Signs in and returns the cookie.
    pub async fn sign_in(&self) -> String {
        let origin = format!("http://{}", self.running.address);
        let headers = [("origin", origin.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        let password = TESTING_PASSWORD.replace(' ', "+");
        let answer = self.post("/sign-in", &headers, &format!("password={password}")).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        answer.header("set-cookie").split(';').next().unwrap().to_owned()
    }

    /// Asks for a page as a person with a browser who is signed in.
    pub async fn page(&self, target: &str) -> String {
        let cookie = self.sign_in().await;
        let answer = self.ask("GET", target, &[("cookie", &cookie), ("accept", "text/html")]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// Asks for the times of a user's pings on a day, such as `26-11-21`.
    pub async fn log(&self, name: &str, date: &str) -> Vec<String> {
        let answer = self.get(&logs_target(name, date)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Returns what the health page says that is not well.
    pub async fn troubles(&self) -> Vec<String> {
        // A probe is remembered for a second, and it is not what stories ask about.
        let answer = self.get("/health/ready").await;
        let report: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let reasons = report["reasons"].as_array().unwrap();
        reasons.iter().map(|reason| reason.as_str().unwrap().to_owned()).collect()
    }

    /// Returns the mails in the local inbox, oldest first.
    pub async fn mails(&self) -> Vec<Mail> {
        let store = &self.running.common.store;
        let mut mails = Vec::new();
        for line in store.inbox(None, 1_000).await.unwrap().into_iter().rev() {
            let mail = store.inbox_mail(line.number).await.unwrap().unwrap();
            let at = line.received.duration_since(self.world.begin).as_secs_f64();
            mails.push(Mail { at, recipient: line.recipient, subject: line.subject, text: mail.text });
        }
        mails
    }

    /// Returns when the mails came into the local inbox, in whole seconds since the story began.
    pub async fn mail_seconds(&self) -> Vec<f64> {
        self.mails().await.into_iter().map(|mail| mail.at.floor()).collect()
    }

    /// Stops the server in order, changes the world, and starts it again.
    pub async fn restart(self, change: impl FnOnce(&ManualSource)) -> Self {
        let Self { world, running, stalled } = self;
        running.end_in_order().await;
        change(&world.clock);
        Self { running: Running::start(&world, &stalled).await, world, stalled }
    }

    /// Stops the server in order, and puts its data into a folder for another one to go on with.
    pub async fn leave_data(self, folder: &Path) {
        self.running.end_in_order().await;
        copy_files(&self.world.folder.path().join("data"), folder);
    }

    /// Ends the server without a last word, changes the world, and starts it again.
    pub async fn kill(self, change: impl FnOnce(&ManualSource)) -> Self {
        let Self { world, running, stalled } = self;
        running.end_at_once().await;
        change(&world.clock);
        // What stalls now is of a dead process, whatever its threads in this one still hold.
        let dead = stalled();
        let stalled: StallCount = Arc::new(move || stalled().saturating_sub(dead));
        Self { running: Running::start(&world, &stalled).await, world, stalled }
    }

    /// Ends the server and starts it again, with another value of a variable.
    pub async fn restart_with(mut self, name: &'static str, value: &str) -> Self {
        self.world.set(name, value.to_owned());
        self.restart(|_| ()).await
    }

    /// Ends the server and starts it again, now with a mail server.
    pub async fn restart_with_mail_server(mut self, server: &MailServer) -> Self {
        for (name, value) in mail_variables(server) {
            self.world.set(name, value);
        }
        self.stalled = server.stall_count();
        self.restart(|_| ()).await
    }

    /// Ends the story while conversations may still stall, which are cut.
    pub async fn end_with(self, server: &MailServer) {
        server.behave(Behaviour::at(At::Hello, Act::Vanish));
        self.running.end_at_once().await;
        server.release();
    }

    /// Writes another config, to be read at the next start or reload.
    pub fn write_config(&self, config: &str) {
        fs::write(self.world.folder.path().join("config.json"), config).unwrap();
    }

    /// Puts another config in force without a restart, if it is accepted.
    pub async fn reload(&self, config: &str) {
        self.write_config(config);
        self.running.reloader.reload().await;
    }
}

impl World {
    fn set(&mut self, name: &'static str, value: String) {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value));
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        self.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    }
}

impl Running {
    async fn start(world: &World, stalled: &StallCount) -> Self {
        let origin = Origin::File(world.folder.path().join("config.json"));
        let look_up = |name: &str| world.variable(name);
        let environment = Environment::read(&look_up, &ping_listener::config::secret::read_file).unwrap();
        let parts = Parts {
            data: world.folder.path().join("data"),
            config: origin.read().expect("the story's config is valid"),
            origin,
            environment,
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            source: world.clock.clone(),
            zone: world.zone.clone(),
            random: Random::from_seed(7),
            limits: Limits::default(),
            mail_deadlines: world.mail_deadlines,
            has_terminal: false,
        };
        let App { common, reloader, stop, mut rooms, front, listener, address, committer, .. } =
            App::build(parts).await.unwrap();
        rooms.timekeeper.pace = world.pace;
        let front = tokio::spawn(http::serve(listener, front, stop.subscribe()));
        common.store.listen().await.unwrap();
        let now = Wake::At(common.clock.now());
        let mut running = Self { common, rooms, reloader, stop, address, front, committer, wakes: [now; 4] };
        running.turn(stalled).await;
        running
    }

    /// Lets every room do what is due now. The watchdog goes first, as it may in a real server: it must not take what
    /// the timekeeper has not yet seen for silence.
    async fn turn(&mut self, stalled: &StallCount) {
        turn(&mut self.rooms.watchdog, &mut self.wakes[0], &self.common).await;
        turn(&mut self.rooms.timekeeper, &mut self.wakes[1], &self.common).await;
        turn(&mut self.rooms.outbox, &mut self.wakes[2], &self.common).await;
        self.wait_for_senders(stalled).await;
        turn(&mut self.rooms.sweeper, &mut self.wakes[3], &self.common).await;
    }

    async fn wait_for_senders(&self, stalled: &StallCount) {
        let mut changes = self.common.store.changes();
        let all_done = async {
            // A try of the login stalls like a sender: taken for one, it would hide a sender that has yet to come.
            while stalled() < self.rooms.outbox.talking() {
                // What a sender does last changes nothing that can be seen, so one looks again after a moment.
                let _ = tokio::time::timeout(Duration::from_millis(1), changes.changed()).await;
            }
        };
        tokio::time::timeout(PATIENCE, all_done).await.expect("the senders come to an end");
    }

    fn next_wake(&self) -> Timestamp {
        let instant = |wake: &Wake| match *wake {
            Wake::At(at) | Wake::AtOrBell(at) => Some(at),
            Wake::OnBell => None,
        };
        self.wakes.iter().filter_map(instant).min().expect("the timekeeper always says when")
    }

    async fn end_in_order(self) {
        let _ = self.stop.send(true);
        self.front.await.unwrap();
        self.rooms.outbox.end().wait().await;
        self.common.store.stamp(self.common.bulletin.report().untrusted_for).await.unwrap();
        self.common.store.close();
        join(self.committer).await;
    }

    async fn end_at_once(self) {
        self.front.abort();
        let _ = self.front.await;
        let _ = self.stop.send(true);
        // Only what has queued is still committed: a process that is killed cannot choose its last commit either.
        self.common.store.close();
        join(self.committer).await;
    }
}

/// Reads the mails that a mail server accepted.
pub fn sent(server: &MailServer) -> Vec<Mail> {
    let read = |received: &super::smtp::Received| {
        let message = mail_parser::MessageParser::default().parse(&received.raw).unwrap();
        Mail {
            at: 0.0,
            recipient: received.recipients.join(", "),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
        }
    };
    server.mails().iter().map(read).collect()
}

/// Returns the address of a day's log; `date` is such as `26-11-21`.
pub fn logs_target(name: &str, date: &str) -> String {
    let [year, month, day] = date.split('-').collect::<Vec<_>>().try_into().unwrap();
    format!("/logs?username={name}&year={year}&month={month}&day={day}")
}

/// Turns seconds into a length.
pub fn span(seconds: f64) -> Span {
    Span::from_seconds(1).scaled(seconds)
}
