//! The front door, over real sockets: what it takes, what it refuses in which words, and whom it does not wait for.

mod bodies;
mod lane;

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

#[tokio::test]
async fn a_ping_is_answered_lean_and_the_connection_stays() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    for method in ["GET", "POST", "GET"] {
        client.send(format!("{method} /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        let answer = client.until("taken").await;
        assert_answer(&answer, 200, "taken");
        assert!(!answer.contains("content-security-policy"), "{answer}");
    }
    client.send("HEAD /ping?username=a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let answer = client.rest().await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n"), "{answer}");
    assert!(answer.contains("content-length: 5\r\n"), "{answer}");
}

#[tokio::test]
async fn a_body_never_makes_a_ping_wait_or_fail() {
    let server = Server::start(Limits::default()).await;
    let slow = "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nbegin";
    let endless = "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n";
    let polite =
        "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    for request in [slow, endless, polite] {
        let mut client = server.connect().await;
        client.send(request).await;
        assert_answer(&client.until("taken").await, 200, "taken");
    }
}

#[tokio::test]
async fn a_client_that_sends_megabytes_before_it_reads_gets_its_answer() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send("POST /ping?username=a HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n").await;
    client.send(vec![b'x'; 90_000]).await;
    assert_answer(&client.rest().await, 200, "taken");
}

#[tokio::test]
async fn a_small_body_leaves_the_connection_open() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        let request = "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\na\nb\n";
        client.send(request).await;
        assert_answer(&client.until("taken").await, 200, "taken");
    }
}

#[tokio::test]
async fn a_connection_that_says_nothing_or_half_a_head_is_closed() {
    let server = Server::start(Limits { head_timeout: SHORT, ..Limits::default() }).await;
    assert_eq!(server.ask("").await, "");
    assert_answer(&server.ask("GET /ping?user").await, 408, "took too long");
    assert_answer(&server.ask("GET / HTTP/1.1\r\nHost:").await, 408, "took too long");
}

#[tokio::test]
async fn a_head_that_drips_gets_no_more_time_than_one_that_stalls() {
    let server = Server::start(Limits { head_timeout: SHORT, ..Limits::default() }).await;
    let (mut reader, mut writer) = server.connect().await.stream.into_split();
    let dripping = tokio::spawn(async move {
        writer.write_all(b"GET / HTTP/1.1\r\nX: ").await.unwrap();
        while writer.write_all(b"x").await.is_ok() {
            let _ = tokio::time::timeout(SHORT / 10, std::future::pending::<()>()).await;
        }
    });
    let mut answer = Vec::new();
    let read = async { while let Ok(1..) = reader.read_buf(&mut answer).await {} };
    tokio::time::timeout(PATIENCE, read).await.expect("the server does not close");
    assert!(answer.starts_with(b"HTTP/1.1 408 "));
    dripping.abort();
}

#[tokio::test]
async fn half_a_head_after_a_ping_is_closed_too() {
    let server = Server::start(Limits { head_timeout: SHORT, ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.send("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n").await;
    client.until("taken").await;
    client.send("GET /pi").await;
    assert_answer(&client.rest().await, 408, "took too long");
}

#[tokio::test]
async fn an_idle_connection_outlives_the_head_timeout_and_ends_in_the_end() {
    let limits = Limits { head_timeout: SHORT, idle_timeout: SHORT * 8, ..Limits::default() };
    let server = Server::start(limits).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client.send("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n").await;
        client.until("taken").await;
        server.outwait_silence(3).await;
    }
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_slow_handler_is_no_slow_client() {
    let limits = Limits {
        head_timeout: SHORT / 10,
        idle_timeout: SHORT / 10,
        write_timeout: SHORT / 10,
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    let mut client = server.connect().await;
    client.send("GET /ping?username=slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    server.outwait_silence(5).await;
    server.gate.add_permits(1);
    assert_answer(&client.until("taken late").await, 200, "taken late");
}

#[tokio::test]
async fn an_answer_that_nobody_reads_ends_the_connection() {
    let limits = Limits { write_timeout: SHORT, head_timeout: SHORT, ..Limits::default() };
    let server = Server::start(limits).await;
    let mut client = server.connect().await;
    client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n").await;
    server.outwait_silence(5).await;
    let answer = client.rest().await;
    assert!(answer.len() < 64 << 20, "all of it came");
}

#[tokio::test]
async fn what_is_too_long_or_too_large_is_refused_in_words() {
    let server = Server::start(Limits::default()).await;
    let long = "a".repeat(9_000);
    for path in ["/ping?username=", "/"] {
        let request = format!("GET {path}{long} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_answer(&server.ask(request).await, 414, "8192 bytes");
    }
    let longer = "a".repeat(64 * 1024);
    assert_answer(&server.ask(format!("GET /{longer} HTTP/1.1\r\nHost: x\r\n\r\n")).await, 414, "8192");
    let heavy = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {longer}\r\n\r\n");
    assert_answer(&server.ask(heavy).await, 431, "16384 bytes");
    let many = "X: y\r\n".repeat(200);
    assert_answer(&server.ask(format!("GET / HTTP/1.1\r\n{many}\r\n")).await, 431, "100 headers");
    let large = format!("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", 10 << 20);
    assert_answer(&server.ask(large).await, 413, "65536 bytes");
}

#[tokio::test]
async fn an_endless_body_of_a_page_is_refused_at_the_limit() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    for _ in 0..20 {
        client.send(format!("1000\r\n{}\r\n", "x".repeat(0x1000))).await;
    }
    assert_answer(&client.rest().await, 413, "65536 bytes");
}

#[tokio::test]
async fn a_slow_body_of_a_page_is_refused() {
    let server = Server::start(Limits { body_timeout: SHORT, ..Limits::default() }).await;
    let slow = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc";
    assert_answer(&server.ask(slow).await, 408, "body");
}

#[tokio::test]
async fn a_compressed_body_is_not_inflated() {
    let server = Server::start(Limits::default()).await;
    let request = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc";
    assert_answer(&server.ask(request).await, 415, "Compressed");
}

#[tokio::test]
async fn what_could_be_read_in_two_ways_is_refused_and_the_connection_closed() {
    let server = Server::start(Limits::default()).await;
    let both = "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let twice =
        "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc";
    let strange = "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n";
    let bare = "GET /ping?username=a HTTP/1.1\nHost: x\n\n";
    let nonsense = "\x16\x03\x01 hello\r\n\r\n";
    for request in [both, twice, strange, bare, nonsense] {
        assert_answer(&server.ask(request).await, 400, "");
    }
    let follower = format!("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n{both}");
    let answer = server.ask(follower).await;
    assert!(answer.contains("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn nothing_is_believed_that_follows_a_chunked_body() {
    let server = Server::start(Limits::default()).await;
    for path in ["/ping?username=a", "/echo"] {
        let chunked = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
        );
        for hidden in ["GET / HTTP/1.1\nHost: x\n\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"] {
            let answer = server.ask(format!("{chunked}{hidden}")).await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
            assert!(answer.contains("connection: close\r\n"), "{answer}");
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        }
    }
}

#[tokio::test]
async fn unknown_methods_are_refused_everywhere() {
    let server = Server::start(Limits::default()).await;
    for method in ["TRACE", "CONNECT", "DELETE", "BREW"] {
        for path in ["/ping?username=a", "/"] {
            let target = if method == "CONNECT" { "example.org:80" } else { path };
            let request = format!("{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            let answer = server.ask(request).await;
            assert_answer(&answer, 405, "use GET, HEAD, POST");
            assert!(answer.contains("allow: GET, HEAD, POST\r\n"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_panic_ends_one_request_and_nothing_else() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    for path in ["/ping?username=panic", "/panic"] {
        client.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        assert_answer(&client.until("says more.").await, 500, "failed");
    }
    client.send("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n").await;
    client.until("taken").await;
}

#[tokio::test]
async fn a_flood_of_unknown_names_is_slowed_and_right_pings_are_not() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    let mut limited = 0;
    for nth in 0..300 {
        client.send(format!("GET /ping?username=nobody{nth} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        let answer = client.answer().await;
        if answer.contains("HTTP/1.1 429 ") {
            limited += 1;
            assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
        } else {
            assert!(answer.contains("HTTP/1.1 404 "), "{answer}");
        }
        client.send("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(client.until("taken").await.contains("HTTP/1.1 200 "));
    }
    assert!(100 < limited, "only {limited} were told to wait");
}

#[tokio::test]
async fn a_trusted_proxys_clients_are_slowed_one_by_one() {
    let server = Server::start_trusting(Limits::default(), |address| address.is_loopback()).await;
    let mut client = server.connect().await;
    let ask = |name: &str| format!("GET /no HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {name}\r\n\r\n");
    let mut last = String::new();
    for _ in 0..150 {
        client.send(ask("9.9.9.9, 192.0.2.1")).await;
        last = client.answer().await;
    }
    assert!(last.contains("HTTP/1.1 429 "), "{last}");
    client.send(ask("192.0.2.1, 192.0.2.2")).await;
    assert!(client.answer().await.contains("HTTP/1.1 404 "));
}

#[tokio::test]
async fn pages_carry_the_headers_that_protect_their_readers() {
    let server = Server::start_trusting(Limits::default(), |address| address.is_loopback()).await;
    let plain = server.ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    for header in [
        "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n",
        "x-content-type-options: nosniff\r\n",
        "referrer-policy: no-referrer\r\n",
        "cross-origin-opener-policy: same-origin\r\n",
        "cross-origin-resource-policy: same-origin\r\n",
        "permissions-policy: ",
        "cache-control: no-store\r\n",
    ] {
        assert!(plain.contains(header), "{header:?} is not in {plain}");
    }
    assert!(!plain.contains("strict-transport-security"), "{plain}");
    let tls = "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n";
    assert!(server.ask(tls).await.contains("strict-transport-security: max-age=31536000\r\n"));
}

#[tokio::test]
async fn at_the_end_requests_in_flight_are_answered_and_idle_connections_closed() {
    let server = Server::start(Limits::default()).await;
    let mut idle = server.connect().await;
    idle.send("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n").await;
    idle.until("taken").await;
    let mut fresh = server.connect().await;
    let mut busy = server.connect().await;
    busy.send("GET /ping?username=slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    // The server has read it once a later one is answered.
    idle.send("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n").await;
    idle.until("taken").await;
    server.stop.send(true).unwrap();
    assert_eq!(idle.rest().await, "");
    assert_eq!(fresh.rest().await, "");
    server.gate.add_permits(1);
    let last = busy.rest().await;
    assert_answer(&last, 200, "taken late");
    assert!(last.contains("\r\nconnection: close\r\n"), "{last}");
    tokio::time::timeout(PATIENCE, server.served).await.expect("the server does not end").unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_request_that_does_not_finish_does_not_keep_the_server_from_ending() {
    let server = Server::start(Limits { drain_timeout: SHORT, ..Limits::default() }).await;
    let mut busy = server.connect().await;
    busy.send("GET /ping?username=slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(server.ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.contains("a page"));
    server.stop.send(true).unwrap();
    tokio::time::timeout(PATIENCE, server.served).await.expect("the server does not end").unwrap();
    assert_eq!(busy.rest().await, "");
}
