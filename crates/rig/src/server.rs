//! The real program, as a person starts it: in a folder, with a config and an environment, as often as one likes.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, kill_process};
use tempfile::TempDir;

pub use rustix::process::Signal;

use super::caller::{Answer, ask};
use super::smtp::{LOGIN, MailServer, PASSWORD};

/// Longer than anything here takes on a busy machine; only a failing test waits for it.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// How soon a condition is looked at again that nobody tells us of.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What the program says when it listens, before its address.
const LISTENING: &str = "listening on http://";

/// The password of the pages, where a test wants to sign in.
pub const TESTING_PASSWORD: &str = "open-sesame";

/// A folder to start the program in, and the environment it finds.
#[derive(Clone)]
pub struct Place {
    folder: Arc<TempDir>,
    /// The program, where it is not the usual one.
    program: Option<PathBuf>,
    /// The words before it: another program that starts it.
    starter: Vec<OsString>,
    environment: Vec<(String, OsString)>,
    arguments: Vec<String>,
}

/// The program, running. It is killed when dropped, if it has not ended.
pub struct Server {
    child: Child,
    address: SocketAddr,
    log: Log,
    /// Kept so that nobody takes the folder away while the program works in it.
    _folder: Arc<TempDir>,
}

/// How a run ended that needed nobody to end it.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    /// Makes an empty folder: no config, no environment.
    pub fn bare() -> Self {
        let folder = Arc::new(TempDir::with_prefix("ping-listener-test").unwrap());
        Self { folder, program: None, starter: Vec::new(), environment: Vec::new(), arguments: Vec::new() }
    }

    /// Makes a folder with this config.
    pub fn new(config: &str) -> Self {
        let place = Self::bare();
        place.write_config(config);
        place
    }

    /// Takes another program.
    pub fn running(mut self, program: &Path) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// Lets another program start this one: its words, the first of them a path.
    pub fn under(mut self, words: impl IntoIterator<Item = OsString>) -> Self {
        self.starter = words.into_iter().collect();
        self
    }

    /// Adds a variable to the environment.
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Adds an argument to the command line of the server.
    pub fn with_argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Lets mails go to a mail server, with its login and its authority.
    pub fn with_mail(self, mail: &MailServer) -> Self {
        self.with("SMTP_SERVER", "localhost")
            .with("SMTP_PORT", mail.port().to_string())
            .with("SMTP_LOGIN", LOGIN)
            .with("SMTP_PASSWORD", PASSWORD)
            .with("SSL_CERT_FILE", mail.ca_file())
    }

    /// Puts a new config in the place of the old one, in one step, as editors do.
    pub fn write_config(&self, config: &str) {
        let new = self.path("config.json.new");
        fs::write(&new, config).unwrap();
        fs::rename(new, self.path("config.json")).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The data folder, unless an argument says otherwise.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub fn database(&self) -> PathBuf {
        self.data().join("ping-listener.db")
    }

    /// Starts the server on a free port and waits until it listens.
    pub fn start(&self) -> Server {
        self.start_with(Stdio::piped(), |child| Box::new(child.stderr.take().unwrap()))
    }

    /// Starts the server behind a door that the test holds open, as systemd does with a socket unit.
    pub fn start_behind(&self, door: &TcpListener) -> Server {
        let script = "exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\"";
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).args(self.words());
        self.surround(&mut command);
        command.stdin(OwnedFd::from(door.try_clone().unwrap())).stderr(Stdio::piped());
        self.launch(command, |child| Box::new(child.stderr.take().unwrap())).awaited()
    }

    /// Starts the server with another stderr, which the test reads from where `reader` says.
    pub fn start_with(
        &self,
        stderr: Stdio,
        reader: impl FnOnce(&mut Child) -> Box<dyn Read + Send>,
    ) -> Server {
        self.spawn(stderr, reader).awaited()
    }

    /// Starts the server where it may end before it listens: then `Err` says how, and what its log says.
    pub fn try_start(&self) -> Result<Server, (ExitStatus, String)> {
        let mut server = self.spawn(Stdio::piped(), |child| Box::new(child.stderr.take().unwrap()));
        match server.log.find(LISTENING, 1, PATIENCE) {
            Ok(lines) => {
                server.note_address(&lines[0]);
                Ok(server)
            }
            Err(said) => Err((server.wait(), said)),
        }
    }

    fn spawn(&self, stderr: Stdio, reader: impl FnOnce(&mut Child) -> Box<dyn Read + Send>) -> Server {
        let mut command = self.command();
        command.args(["--listen", "127.0.0.1:0"]).stderr(stderr);
        self.launch(command, reader)
    }

    fn launch(
        &self,
        mut command: Command,
        reader: impl FnOnce(&mut Child) -> Box<dyn Read + Send>,
    ) -> Server {
        let mut child = command.args(&self.arguments).stdout(Stdio::null()).spawn().unwrap();
        // The child has its own copy of what it writes to; ours would keep the reader from seeing the end.
        drop(command);
        let log = Log::read(reader(&mut child));
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        Server { child, address, log, _folder: Arc::clone(&self.folder) }
    }

    /// Runs the program with these arguments alone, for what ends by itself.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command().args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Starts the server where it is expected to refuse, and returns how it did.
    pub fn run_server(&self) -> Ended {
        let arguments: Vec<&str> = ["--listen", "127.0.0.1:0"]
            .into_iter()
            .chain(self.arguments.iter().map(String::as_str))
            .collect();
        self.run(&arguments)
    }

    /// The words that start the program.
    fn words(&self) -> Vec<OsString> {
        let mut words = self.starter.clone();
        words.push(self.program.clone().unwrap_or_else(program).into());
        words
    }

    fn command(&self) -> Command {
        let words = self.words();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        self.surround(&mut command);
        command
    }

    fn surround<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)))
    }
}

impl Server {
    /// Waits until it listens.
    fn awaited(mut self) -> Self {
        let line = self.wait_for_line(LISTENING, PATIENCE);
        self.note_address(&line);
        self
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process, by its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.get_with(path, "")
    }

    /// Asks with more headers: whole lines with their line ends.
    pub fn get_with(&self, path: &str, headers: &str) -> Answer {
        ask(self.address, "GET", path, headers, "").unwrap()
    }

    /// Sends a form as a page of the server would.
    pub fn post(&self, path: &str, headers: &str, form: &str) -> Answer {
        let origin = format!("Origin: {}\r\n", self.url(""));
        let headers = format!("Content-Type: application/x-www-form-urlencoded\r\n{origin}{headers}");
        ask(self.address, "POST", path, &headers, form).unwrap()
    }

    pub fn ping(&self, user: &str) -> Answer {
        self.get(&format!("/ping?username={user}"))
    }

    /// Signs in and returns the header that shows the session.
    pub fn sign_in(&self) -> String {
        let answer = self.post("/sign-in", "", &format!("password={TESTING_PASSWORD}"));
        session_of(&answer)
    }

    /// Waits until a line of the log holds these words, since the start, and returns it.
    pub fn wait_for_line(&self, words: &str, timeout: Duration) -> String {
        self.wait_for_lines(words, 1, timeout).pop().unwrap()
    }

    /// Waits until as many lines of the log hold these words, and returns those that do.
    pub fn wait_for_lines(&self, words: &str, count: usize, timeout: Duration) -> Vec<String> {
        self.log.wait(words, count, timeout)
    }

    /// Returns all that the log says so far.
    pub fn log(&self) -> String {
        self.log.lock().lines.join("\n")
    }

    fn note_address(&mut self, line: &str) {
        let rest = line.split_once(LISTENING).unwrap().1;
        self.address = rest.split(';').next().unwrap().parse().unwrap();
    }

    /// Returns how the process ended, or `None` if it has not.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits until the process has ended.
    pub fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait_until(PATIENCE, "the end of the process", || {
            status = self.ended();
            status.is_some()
        });
        status.unwrap()
    }

    /// Asks the server to stop, as a supervisor does, and waits until it has.
    pub fn stop(mut self) {
        self.signal(Signal::TERM);
        let status = self.wait();
        assert!(status.success(), "{status}; the log says:\n{}", self.log());
    }

    /// Ends the process without a chance to do anything.
    pub fn kill(mut self) {
        self.signal(Signal::KILL);
        self.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Finds the program: where `PING_LISTENER_PROGRAM` says, else beside whatever is running now, where cargo puts both.
#[expect(clippy::disallowed_methods, reason = "here is the edge of the tests")]
pub fn program() -> PathBuf {
    if let Some(program) = env::var_os("PING_LISTENER_PROGRAM") {
        return program.into();
    }
    let own = env::current_exe().unwrap();
    // Tests lie one folder deeper than programs.
    let beside =
        own.ancestors().skip(1).map(|folder| folder.join("ping-listener")).find(|path| path.is_file());
    beside.expect("the program is built: `cargo build`, or PING_LISTENER_PROGRAM says where it is")
}

/// Returns the header that shows the session which an answer gave.
pub fn session_of(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").unwrap_or_else(|| panic!("no session: {answer:?}"));
    format!("Cookie: {}\r\n", cookie.split(';').next().unwrap())
}

/// Waits until something holds that nobody tells us of.
pub fn wait_until(timeout: Duration, awaited: &str, mut holds: impl FnMut() -> bool) {
    let deadline = now() + timeout;
    while !holds() {
        assert!(now() < deadline, "no {awaited} within {timeout:?}");
        thread::park_timeout(LOOK_AGAIN);
    }
}

/// Lets real time pass, for a test of what its passing does.
pub fn let_pass(time: Duration) {
    let deadline = now() + time;
    wait_until(time + PATIENCE, "end of time", || deadline <= now());
}

/// Reads the clock on the wall of the tests.
#[expect(clippy::disallowed_methods, reason = "a process of its own lives in real time")]
pub fn now() -> Instant {
    Instant::now()
}

/// The lines that a process writes.
struct Log(Arc<(Mutex<Lines>, Condvar)>);

#[derive(Default)]
struct Lines {
    lines: Vec<String>,
    has_ended: bool,
}

impl Log {
    fn read(source: impl Read + Send + 'static) -> Self {
        let shared = Arc::new((Mutex::new(Lines::default()), Condvar::new()));
        let log = Self(Arc::clone(&shared));
        thread::spawn(move || {
            // A terminal whose other side has gone answers with an error, which is its end too.
            for line in BufReader::new(source).lines().map_while(Result::ok) {
                Self(Arc::clone(&shared)).change(|lines| lines.lines.push(line));
            }
            Self(shared).change(|lines| lines.has_ended = true);
        });
        log
    }

    fn change(&self, change: impl FnOnce(&mut Lines)) {
        change(&mut self.lock());
        self.0.1.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, words: &str, count: usize, timeout: Duration) -> Vec<String> {
        self.find(words, count, timeout).unwrap_or_else(|said| {
            panic!("{words:?} was not said {count} times within {timeout:?}; the log says:\n{said}")
        })
    }

    /// Waits for as many lines with these words; `Err` is what was said without them.
    fn find(&self, words: &str, count: usize, timeout: Duration) -> Result<Vec<String>, String> {
        let found = |lines: &Lines| lines.lines.iter().filter(|line| line.contains(words)).count();
        let is_over = |lines: &mut Lines| count <= found(lines) || lines.has_ended;
        let waited = self.0.1.wait_timeout_while(self.lock(), timeout, |lines| !is_over(lines));
        let (lines, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if found(&lines) < count {
            return Err(lines.lines.join("\n"));
        }
        Ok(lines.lines.iter().filter(|line| line.contains(words)).cloned().collect())
    }
}

/// Tells whether SQLite finds nothing wrong with a database that nobody has open.
pub fn assert_sound(database: &Path) {
    let connection = rusqlite::Connection::open(database).unwrap();
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

/// Takes every table out of a database, whoever has it open: each look at it fails from now on.
pub fn lose_tables(database: &Path) {
    let connection = rusqlite::Connection::open(database).unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut listed = connection.prepare(sql).unwrap();
    let names: Vec<String> = listed.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for name in names {
        connection.execute_batch(&format!("ALTER TABLE \"{name}\" RENAME TO \"lost_{name}\"")).unwrap();
    }
}
