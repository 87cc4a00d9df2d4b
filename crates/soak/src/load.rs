//! The load: pings at a steady rate on keep-alive connections, whether the server keeps up or not.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::task::LocalSet;
use tokio::time::{sleep_until, timeout};

use crate::book::{Book, Fate};
use crate::life::Lives;
use crate::plan::{Plan, name};

/// As many as a small house of devices behind one proxy: each sends a ping every 64 ms.
const CONNECTIONS: u32 = 128;

/// Longer than any answer takes.
const ANSWER_MAX: Duration = Duration::from_secs(20);

const ANSWER_BYTES_MAX: usize = 4096;

/// Sends pings until it is stopped.
pub struct Load {
    target: Arc<Mutex<SocketAddr>>,
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Load {
    /// Begins to ping the server at `target`.
    pub fn start(plan: &Plan, book: &Book, target: SocketAddr) -> Self {
        let target = Arc::new(Mutex::new(target));
        let is_over = Arc::new(AtomicBool::new(false));
        let shared = Shared {
            plan: plan.clone(),
            book: book.clone(),
            began: book.now(),
            target: Arc::clone(&target),
            is_over: Arc::clone(&is_over),
        };
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
            LocalSet::new().block_on(&runtime, ping(Rc::new(shared)));
        });
        Self { target, is_over, thread }
    }

    /// Says where the server is after a restart.
    pub fn aim(&self, target: SocketAddr) {
        *self.target.lock().unwrap() = target;
    }

    /// Sends nothing more, and waits for the last answers.
    pub fn stop(self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

struct Shared {
    plan: Plan,
    book: Book,
    began: Duration,
    target: Arc<Mutex<SocketAddr>>,
    is_over: Arc<AtomicBool>,
}

async fn ping(shared: Rc<Shared>) {
    let lives = Rc::new(RefCell::new(Lives::new(&shared.plan)));
    let connections: Vec<_> = (0..CONNECTIONS)
        .map(|number| tokio::task::spawn_local(connection(number, Rc::clone(&shared), Rc::clone(&lives))))
        .collect();
    for connection in connections {
        connection.await.unwrap();
    }
}

/// Has every 128th turn; a late answer makes the next turn late, which counts into its latency.
async fn connection(number: u32, shared: Rc<Shared>, lives: Rc<RefCell<Lives>>) {
    let turn = Duration::from_secs(1) * CONNECTIONS / shared.plan.pings_per_second;
    let mut due = shared.began + Duration::from_secs(1) * number / shared.plan.pings_per_second;
    let mut stream = None;
    while !shared.is_over.load(Ordering::Relaxed) {
        sleep_until((shared.book.began() + due).into()).await;
        let check = lives.borrow_mut().next(due);
        let target = *shared.target.lock().unwrap();
        let sent = shared.book.now();
        shared.book.open().note_sending();
        let fate = exchange(&mut stream, target, check).await;
        if fate != Fate::Acknowledged {
            stream = None;
        }
        shared.book.open().note(check, (due, sent, shared.book.now()), fate);
        due += turn;
    }
}

async fn exchange(stream: &mut Option<TcpStream>, target: SocketAddr, check: usize) -> Fate {
    if stream.is_none() {
        let Ok(Ok(connected)) = timeout(ANSWER_MAX, TcpStream::connect(target)).await else {
            return Fate::Refused;
        };
        connected.set_nodelay(true).unwrap();
        *stream = Some(connected);
    }
    let Some(stream) = stream else { return Fate::Refused };
    let request = format!("GET /ping?username={} HTTP/1.1\r\nHost: soak\r\n\r\n", name(check));
    match timeout(ANSWER_MAX, ask(stream, request.as_bytes())).await {
        Ok(Some(200)) => Fate::Acknowledged,
        Ok(Some(status)) => Fate::TurnedAway(status),
        Ok(None) | Err(_) => Fate::Unsure,
    }
}

/// Sends a request and returns the status of its answer, or `None` if the connection broke.
async fn ask(stream: &mut TcpStream, request: &[u8]) -> Option<u16> {
    stream.write_all(request).await.ok()?;
    let mut answer = [0; ANSWER_BYTES_MAX];
    let mut length = 0;
    loop {
        let more = stream.read(&mut answer[length..]).await.ok()?;
        if more == 0 {
            return None;
        }
        length += more;
        let got = &answer[..length];
        if answer_length(got).is_some_and(|whole| whole <= length) {
            return str::from_utf8(got.get(9..12)?).ok()?.parse().ok();
        }
    }
}

/// Returns the length of head and body, once the head is complete.
fn answer_length(got: &[u8]) -> Option<usize> {
    const FIELD: &str = "content-length: ";
    let head = got.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let lines = str::from_utf8(&got[..head]).ok()?.to_ascii_lowercase();
    let value = &lines[lines.find(FIELD)? + FIELD.len()..];
    Some(head + value.lines().next()?.trim().parse::<usize>().ok()?)
}
