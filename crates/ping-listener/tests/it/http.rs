//! The front door, over real sockets: what it takes, what it refuses in which words, and whom it does not wait for.

mod answers;
mod bodies;
mod ending;
mod lane;
mod refusals;
mod waiting;

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::Full;
use ping_listener::http::body::{Appetite, Broken, PingBody, Taken};
use ping_listener::http::caller::Caller;
use ping_listener::http::{Front, Limits, Methods, Pings, Terms, answer, serve};
use ping_listener::telemetry::Telemetry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// Far more than anything here takes, so that a hang fails the test instead of stopping it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Short, for tests that wait for a timeout.
const SHORT: Duration = Duration::from_millis(150);

/// Knows the check `a`; `/ping?username=slow` is answered when the gate opens.
struct Listener {
    gate: Arc<Semaphore>,
}

impl Pings for Listener {
    fn takes(&self, head: &Parts) -> Option<Methods> {
        match head.uri.path() {
            "/ping" => Some(Methods::Usual),
            "/body" => Some(Methods::Any),
            _ => None,
        }
    }

    async fn ping(&self, head: &Parts, caller: Caller<'_>, body: &mut PingBody) -> Response<Full<Bytes>> {
        if head.uri.path() == "/body" {
            return told(head, caller, body).await;
        }
        match head.uri.query() {
            Some("username=a") => answer::plain(StatusCode::OK, "taken"),
            Some("username=slow") => {
                self.gate.acquire().await.expect("the gate is never closed").forget();
                answer::plain(StatusCode::OK, "taken late")
            }
            Some("username=panic") => panic!("this panic is part of the test"),
            Some(_) => answer::plain(StatusCode::NOT_FOUND, "No check has this name."),
            None => answer::plain(StatusCode::BAD_REQUEST, "Add a name."),
        }
    }

    type Pending = Pin<Box<dyn Future<Output = &'static str> + Send>>;

    fn take<'a>(&self, target: &str, _: &dyn Fn() -> Caller<'a>) -> Option<Self::Pending> {
        let gate = Arc::clone(&self.gate);
        match target {
            "/ping?username=a" => Some(Box::pin(async { "taken" })),
            "/ping?username=slow" => Some(Box::pin(async move {
                gate.acquire().await.expect("the gate is never closed").forget();
                "taken late"
            })),
            _ => None,
        }
    }

    fn write_answer(&self, outcome: &'static str, answer: &mut Vec<u8>) {
        answer::write_plain(answer, StatusCode::OK, LANE, outcome);
    }
}

/// Says who pinged how, and what came of the body.
async fn told(head: &Parts, caller: Caller<'_>, body: &mut PingBody) -> Response<Full<Bytes>> {
    let taken = body.read(Appetite { kept_max: 8, taken_max: 100_000 }).await;
    let (status, told) = match taken {
        Ok(Taken { bytes, is_cut }) => (StatusCode::OK, format!("{bytes:?} cut: {is_cut}")),
        Err(Broken) => (StatusCode::BAD_REQUEST, "broken".to_owned()),
    };
    let method = &head.method;
    answer::plain(status, format!("{method} by {} as {:?}: {told}.", caller.scheme, caller.address))
}

/// What an answer has that went past the HTTP library.
const LANE: &str = "x-lane: plain\r\n";

struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    served: JoinHandle<()>,
    gate: Arc<Semaphore>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        Self::start_trusting(limits, |_| false).await
    }

    async fn start_trusting(
        limits: Limits,
        is_trusted: impl Fn(IpAddr) -> bool + Send + Sync + 'static,
    ) -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let pages = Router::new()
            .route("/", get(async || "a page"))
            .route("/echo", post(async |body: Bytes| body))
            .route("/panic", get(async || -> &'static str { panic!("this panic is part of the test") }))
            .route("/big", get(async || vec![b'x'; 64 << 20]))
            .fallback(async || answer::plain::<axum::body::Body>(StatusCode::NOT_FOUND, "No page."));
        let listener = Listener { gate: Arc::clone(&gate) };
        let terms = Terms { is_trusted: Box::new(is_trusted), limits, key: [1; 16] };
        let telemetry = Arc::new(Telemetry::new());
        let front = Front::new(listener, pages, terms, telemetry);
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let served = tokio::spawn(serve(socket, Arc::new(front), stopped));
        Self { address, stop, served, gate }
    }

    async fn connect(&self) -> Client {
        Client { stream: TcpStream::connect(self.address).await.unwrap(), received: Vec::new() }
    }

    /// Sends `request` on a connection of its own and returns all that comes back until the server closes.
    async fn ask(&self, request: impl AsRef<[u8]>) -> String {
        let mut client = self.connect().await;
        client.send(request).await;
        client.rest().await
    }
}

impl Server {
    /// Waits until silent connections were given up so many times, one after the other.
    async fn outwait_silence(&self, times: usize) {
        for _ in 0..times {
            assert_eq!(self.ask("").await, "");
        }
    }
}

struct Client {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Client {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // The server may close before it has all; what it said counts.
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Reads until `text` has come.
    async fn until(&mut self, text: &str) -> String {
        let read = async {
            loop {
                let received = String::from_utf8_lossy(&self.received).into_owned();
                if let Some(at) = received.find(text) {
                    self.received.drain(..at + text.len());
                    return received[..at + text.len()].to_owned();
                }
                let count = self.stream.read_buf(&mut self.received).await.unwrap();
                assert!(0 < count, "the server closed after {received:?}");
            }
        };
        tokio::time::timeout(PATIENCE, read).await.expect("the server hangs")
    }

    /// Reads one answer, by the length that it states.
    async fn answer(&mut self) -> String {
        let head = self.until("\r\n\r\n").await;
        let length = head.split_once("content-length: ").unwrap().1.split_once("\r\n").unwrap().0;
        let length: usize = length.parse().unwrap();
        while self.received.len() < length {
            let count = self.stream.read_buf(&mut self.received).await.unwrap();
            assert!(0 < count, "the server closed after {head:?}");
        }
        let body: Vec<u8> = self.received.drain(..length).collect();
        head + &String::from_utf8_lossy(&body)
    }

    /// Reads until the server closes.
    async fn rest(&mut self) -> String {
        let read = async { while let Ok(1..) = self.stream.read_buf(&mut self.received).await {} };
        tokio::time::timeout(PATIENCE, read).await.expect("the server does not close");
        String::from_utf8_lossy(&self.received).into_owned()
    }
}

fn assert_answer(answer: &str, status: u16, sentence: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{status} expected: {answer}");
    assert!(answer.contains("content-type: text/plain; charset=utf-8\r\n"), "{answer}");
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    assert!(body.contains(sentence), "{sentence:?} expected: {answer}");
    let length = format!("content-length: {}\r\n", body.len());
    assert!(answer.contains(&length), "{length:?} expected: {answer}");
}
