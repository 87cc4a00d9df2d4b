//! Another server to bring checks over from: the two lists of Healthchecks' API that an import reads.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// The key that it takes.
pub const API_KEY: &str = "hcw_ABCDEFGHIJKLMNOPQRSTUVWXYZab";

/// A server that answers `GET /api/v3/checks/` and `/api/v3/channels/` as Healthchecks does.
pub struct Healthchecks {
    address: SocketAddr,
    said: Arc<Said>,
    thread: Option<JoinHandle<()>>,
}

struct Said {
    checks: Mutex<String>,
    channels: String,
    stops: AtomicBool,
}

impl Healthchecks {
    /// Starts it with what it is to answer.
    pub fn start(checks: &str, channels: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let said = Arc::new(Said {
            checks: Mutex::new(checks.to_owned()),
            channels: channels.to_owned(),
            stops: AtomicBool::new(false),
        });
        let told = said.clone();
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if told.stops.load(Ordering::Relaxed) {
                    return;
                }
                // Whoever hangs up has seen enough.
                let _ = stream.and_then(|stream| told.answer(stream));
            }
        });
        Self { address, said, thread: Some(thread) }
    }

    /// Returns the address of its pages.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets it answer with other checks from now on.
    pub fn say_checks(&self, checks: &str) {
        checks.clone_into(&mut self.said.checks.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Said {
    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let request = lines.next().transpose()?.unwrap_or_default();
        let mut key = String::new();
        for line in lines {
            let line = line?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case("x-api-key")
            {
                value.clone_into(&mut key);
            }
        }
        let (status, body) = match request.split(' ').nth(1).unwrap_or_default() {
            _ if key != API_KEY => ("401 Unauthorized", r#"{"error": "wrong api key"}"#.to_owned()),
            "/api/v3/checks/" => {
                ("200 OK", self.checks.lock().unwrap_or_else(PoisonError::into_inner).clone())
            }
            "/api/v3/channels/" => ("200 OK", self.channels.clone()),
            _ => ("404 Not Found", String::new()),
        };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    }
}

impl Drop for Healthchecks {
    fn drop(&mut self) {
        self.said.stops.store(true, Ordering::Relaxed);
        // It looks up from waiting for the next caller.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
