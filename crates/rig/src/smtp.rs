//! A real mail server on loopback that does as it is told: accepts, refuses, stalls or vanishes, at any step.

mod behaviour;
mod certificates;
mod conversation;
mod stream;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use ping_listener::channels::email::Security;

pub use behaviour::{Act, At, Behaviour};
pub use certificates::Certificate;
use certificates::Certificates;
use stream::is_left;

/// The login that the server accepts, and the sender's address.
pub const LOGIN: &str = "listener@example.org";
/// The password that goes with it; with characters that a careless client would mangle.
pub const PASSWORD: &str = "s€cret \"pass\" =word";

/// A mail that the server accepted.
#[derive(Clone, Debug)]
pub struct Received {
    /// When MAIL FROM came.
    pub began: Instant,
    /// The address in MAIL FROM.
    pub from: String,
    /// What else stood in MAIL FROM, such as `SIZE=1234`.
    pub parameters: Vec<String>,
    /// The addresses in RCPT TO that were accepted.
    pub recipients: Vec<String>,
    /// The bytes between DATA and the dot, dots unstuffed.
    pub raw: Vec<u8>,
    /// The login, if there was one.
    pub login: Option<String>,
    /// Whether it came through TLS.
    pub is_encrypted: bool,
}

/// The server. Stops when dropped.
pub struct MailServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    acceptor: Option<thread::JoinHandle<()>>,
}

struct Shared {
    security: Security,
    certificates: Certificates,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    behaviour: Behaviour,
    /// What single connections to come do instead.
    next: VecDeque<Behaviour>,
    mails: Vec<Received>,
    /// Every line a client sent outside of mails.
    lines: Vec<String>,
    /// What came in on each connection, as it was on the wire.
    wires: Vec<Vec<u8>>,
    certificate: Certificate,
    /// Counts how often stalled conversations were let go.
    releases: usize,
    /// Counts how often all connections were cut.
    cuts: usize,
    /// Counts how often a conversation began to stall.
    stalls: usize,
    /// Counts the conversations that stall now.
    stalling: usize,
    is_stopped: bool,
    open: BTreeMap<usize, TcpStream>,
}

struct Stopped;

/// How soon a stalled conversation looks again whether its client is still there.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

impl MailServer {
    /// Starts a server with a certificate for `localhost` and `127.0.0.1`.
    pub fn start(security: Security) -> Self {
        Self::start_with(security, Certificate::Right)
    }

    /// Starts a server with the certificate given.
    pub fn start_with(security: Security, certificate: Certificate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            security,
            certificates: Certificates::new(),
            state: Mutex::new(State { certificate, ..State::default() }),
            changed: Condvar::new(),
        });
        let mut server = Self { shared, address, acceptor: None };
        server.accept(listener);
        server
    }

    /// Returns how the server wants connections protected.
    pub fn security(&self) -> Security {
        self.shared.security
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The file with the certificate authority, for `SSL_CERT_FILE`.
    pub fn ca_file(&self) -> PathBuf {
        self.shared.certificates.ca_file()
    }

    /// Changes what the server does from here on, in open conversations too.
    pub fn behave(&self, behaviour: Behaviour) {
        self.shared.lock().behaviour = behaviour;
    }

    /// Shows another certificate in conversations to come.
    pub fn show(&self, certificate: Certificate) {
        self.shared.lock().certificate = certificate;
    }

    /// Changes what the server does in one conversation: the first to come that has no orders of its own.
    pub fn behave_once(&self, behaviour: Behaviour) {
        self.shared.lock().next.push_back(behaviour);
    }

    /// Lets all stalled conversations go on, as if they had not stalled.
    pub fn release(&self) {
        let mut state = self.shared.lock();
        state.releases += 1;
        state.stalling = 0;
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Returns what counts the conversations that stall.
    pub fn stall_count(&self) -> Arc<dyn Fn() -> usize + Send + Sync> {
        let shared = Arc::clone(&self.shared);
        Arc::new(move || shared.lock().stalling)
    }

    /// Waits until `count` conversations in all have come to a point where they stall.
    pub fn wait_for_stalls(&self, count: usize, timeout: Duration) {
        drop(self.shared.wait(timeout, |state| count <= state.stalls, "stalled conversations"));
    }

    /// Waits until `count` mails in all have been accepted, and returns all there are.
    pub fn wait_for_mails(&self, count: usize, timeout: Duration) -> Vec<Received> {
        self.shared.wait(timeout, |state| count <= state.mails.len(), "mails").mails.clone()
    }

    /// Returns the mails accepted so far.
    pub fn mails(&self) -> Vec<Received> {
        self.shared.lock().mails.clone()
    }

    /// Returns the mails accepted after the first `known`.
    pub fn mails_after(&self, known: usize) -> Vec<Received> {
        self.shared.lock().mails[known..].to_vec()
    }

    /// Returns the lines that clients sent after the first `known`.
    pub fn lines_after(&self, known: usize) -> Vec<String> {
        self.shared.lock().lines[known..].to_vec()
    }

    /// Returns how many connections there have been.
    pub fn connections(&self) -> usize {
        self.shared.lock().wires.len()
    }

    /// Returns what came in on each connection, as it was on the wire: encrypted, if it was.
    pub fn wires(&self) -> Vec<Vec<u8>> {
        self.shared.lock().wires.clone()
    }

    /// Waits until a client has sent this line.
    pub fn wait_for_line(&self, line: &str, timeout: Duration) {
        drop(self.shared.wait(timeout, |state| state.lines.iter().any(|said| said == line), "line"));
    }

    /// Waits until every conversation so far has ended.
    pub fn wait_for_quiet(&self, timeout: Duration) {
        drop(self.shared.wait(timeout, |state| state.open.is_empty(), "end of all conversations"));
    }

    /// Cuts all connections, as they are when the other side dies, and takes new ones.
    pub fn cut(&self, timeout: Duration) {
        let mut state = self.shared.lock();
        state.cuts += 1;
        for stream in state.open.values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        drop(state);
        self.wait_for_quiet(timeout);
    }

    /// Returns every line that clients sent outside of mails.
    pub fn lines(&self) -> Vec<String> {
        self.shared.lock().lines.clone()
    }

    /// Cuts all connections and takes no more.
    pub fn stop(&mut self) {
        let Some(acceptor) = self.acceptor.take() else { return };
        {
            let mut state = self.shared.lock();
            state.is_stopped = true;
            state.stalling = 0;
            for stream in state.open.values() {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        self.shared.changed.notify_all();
        // Wakes the acceptor, which sees that it has to stop.
        let _ = TcpStream::connect(self.address);
        acceptor.join().expect("the acceptor does not panic");
    }

    /// Takes connections again, on the same port.
    pub fn restart(&mut self) {
        self.stop();
        self.shared.lock().is_stopped = false;
        let listener = TcpListener::bind(self.address).expect("the port is still ours");
        self.accept(listener);
    }

    fn accept(&mut self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        self.acceptor = Some(thread::spawn(move || {
            for tcp in listener.incoming() {
                let Ok(tcp) = tcp else { continue };
                // Else the greeting waits until the client has confirmed what TLS sent before it: 40 ms.
                let _ = tcp.set_nodelay(true);
                let Ok((number, own)) = shared.admit(&tcp) else { return };
                let shared = Arc::clone(&shared);
                thread::spawn(move || conversation::hold(&shared, tcp, number, own));
            }
        }));
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panics while it holds the lock has failed already; the others still want to know why.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Counts a connection in and returns its number and the orders that it alone has, if any; refuses once the server
    /// has stopped.
    fn admit(&self, tcp: &TcpStream) -> Result<(usize, Option<Behaviour>), Stopped> {
        let mut state = self.lock();
        if state.is_stopped {
            return Err(Stopped);
        }
        let number = state.wires.len();
        state.wires.push(Vec::new());
        state.open.insert(number, tcp.try_clone().expect("a socket can be cloned"));
        Ok((number, state.next.pop_front()))
    }

    /// Counts a connection out, and lets go of its socket.
    fn leave(&self, number: usize) {
        self.lock().open.remove(&number);
        self.changed.notify_all();
    }

    fn wait(
        &self,
        timeout: Duration,
        is_there: impl Fn(&State) -> bool,
        awaited: &str,
    ) -> MutexGuard<'_, State> {
        let waited = self.changed.wait_timeout_while(self.lock(), timeout, |state| !is_there(state));
        let (state, outcome) = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
        assert!(
            !outcome.timed_out(),
            "no {awaited} within {timeout:?}; {} mails so far; lines seen: {:#?}",
            state.mails.len(),
            state.lines
        );
        state
    }

    /// Waits until somebody releases the stalled, or the server stops; a client that leaves meanwhile is not waited for
    /// by anybody else. Fails when all connections are cut.
    fn stall(&self, client: &TcpStream, number: usize) -> io::Result<()> {
        let mut state = self.lock();
        let (releases, cuts) = (state.releases, state.cuts);
        state.stalls += 1;
        state.stalling += 1;
        self.changed.notify_all();
        let mut is_there = true;
        while state.releases == releases && !state.is_stopped {
            if is_there && is_left(client) {
                is_there = false;
                state.stalling -= 1;
                state.open.remove(&number);
                self.changed.notify_all();
            }
            if state.cuts != cuts {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            let woken = self.changed.wait_timeout(state, LOOK_AGAIN);
            state = woken.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        Ok(())
    }

    /// Lets a moment pass between two bytes of a slow reply; `false` if the server has stopped.
    fn pause(&self, moment: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), moment, |state| !state.is_stopped);
        waited.is_ok_and(|(state, _)| !state.is_stopped)
    }
}
