//! The load: keep-alive connections that each send the next ping as soon as the last one is answered.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::task::LocalSet;

use crate::process::Server;

/// Longer than any answer to a ping.
const ANSWER_BYTES_MAX: usize = 4096;

/// What one round has to send.
#[derive(Clone, Copy)]
pub(crate) struct Round {
    pub(crate) connections: u32,
    /// Pings go to this many checks, at random.
    pub(crate) checks: u64,
    /// How long the load runs before anything is counted.
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

/// What one round has shown.
pub(crate) struct Outcome {
    pub(crate) requests_per_second: f64,
    /// CPU of the server's process for each request, in microseconds.
    pub(crate) cpu_micros: f64,
    /// Every answer's latency, sorted; kept only for a lone connection.
    pub(crate) latencies: Vec<Duration>,
}

/// Names check number `number` in 16 bytes.
pub(crate) fn name(number: u64) -> String {
    format!("check-{number:010}")
}

/// Sends pings to `server` for as long as the round lasts; an answer other than 200 is an error.
pub(crate) fn run(server: &Server, round: Round) -> Result<Outcome> {
    // One thread: the generator must leave the other cores to the server, and needs less CPU a ping than any server.
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let tally = Rc::new(Tally::default());
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, async {
        let connections: Vec<_> = (0..round.connections)
            .map(|seed| tokio::task::spawn_local(connection(server.address, round, seed, Rc::clone(&tally))))
            .collect();
        tokio::time::sleep(round.warm_up).await;
        let (started, cpu) = (Instant::now(), server.cpu_seconds()?);
        tally.counts.set(true);
        tokio::time::sleep(round.measured).await;
        tally.counts.set(false);
        let (seconds, cpu) = (started.elapsed().as_secs_f64(), server.cpu_seconds()? - cpu);
        tally.is_over.set(true);
        for connection in connections {
            connection.await??;
        }
        let answered = f64::from(tally.answered.get());
        ensure!(0.0 < answered, "no ping was answered within {:?}", round.measured);
        let mut latencies = tally.latencies.take();
        latencies.sort_unstable();
        Ok(Outcome { requests_per_second: answered / seconds, cpu_micros: cpu * 1e6 / answered, latencies })
    })
}

/// What the connections of a round have in common.
#[derive(Default)]
struct Tally {
    counts: Cell<bool>,
    is_over: Cell<bool>,
    answered: Cell<u32>,
    latencies: RefCell<Vec<Duration>>,
}

async fn connection(address: SocketAddr, round: Round, seed: u32, tally: Rc<Tally>) -> Result<()> {
    let mut stream = TcpStream::connect(address).await.context("cannot connect")?;
    stream.set_nodelay(true)?;
    let mut ping = Ping::new();
    let mut random = Random::new(seed);
    let mut answer = [0; ANSWER_BYTES_MAX];
    let is_lone = round.connections == 1;
    while !tally.is_over.get() {
        let request = ping.to(random.below(round.checks));
        let sent = is_lone.then(Instant::now);
        stream.write_all(request).await?;
        read_answer(&mut stream, &mut answer).await?;
        if tally.counts.get() {
            tally.answered.set(tally.answered.get() + 1);
            tally.latencies.borrow_mut().extend(sent.map(|sent| sent.elapsed()));
        }
    }
    Ok(())
}

async fn read_answer(stream: &mut TcpStream, answer: &mut [u8]) -> Result<()> {
    let mut length = 0;
    loop {
        let more = stream.read(&mut answer[length..]).await?;
        length += more;
        let got = &answer[..length];
        ensure!(0 < more, "hung up after {:?}", String::from_utf8_lossy(got));
        let Some(whole) = answer_length(got) else { continue };
        if !got.starts_with(b"HTTP/1.1 200") || length > whole {
            bail!("unexpected answer {:?}", String::from_utf8_lossy(got));
        }
        if length == whole {
            return Ok(());
        }
    }
}

/// Returns the length of head and body, once the head is complete.
fn answer_length(got: &[u8]) -> Option<usize> {
    const FIELD: &[u8] = b"content-length: ";
    let head = got.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let value = got.windows(FIELD.len()).position(|window| window.eq_ignore_ascii_case(FIELD))? + FIELD.len();
    let digits = got[value..head].iter().take_while(|byte| byte.is_ascii_digit());
    Some(head + digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0')))
}

/// A rendered ping in which only the number of the check is written anew.
struct Ping {
    bytes: Vec<u8>,
    number_ends: usize,
}

impl Ping {
    fn new() -> Self {
        let line = format!("GET /ping?username={}", name(0));
        let number_ends = line.len();
        Self { bytes: format!("{line} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").into_bytes(), number_ends }
    }

    fn to(&mut self, check: u64) -> &[u8] {
        let mut rest = check;
        for digit in self.bytes[self.number_ends - 10..self.number_ends].iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).expect("a digit fits");
            rest /= 10;
        }
        &self.bytes
    }
}

/// Marsaglia's xorshift: good enough to spread pings, and the same in every run.
struct Random(u64);

impl Random {
    fn new(seed: u32) -> Self {
        Self(0x9E37_79B9_7F4A_7C15 ^ (u64::from(seed) << 17))
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_names_its_check() {
        let mut ping = Ping::new();
        for number in [7, 1_234_567, 0] {
            let request = String::from_utf8(ping.to(number).to_vec()).unwrap();
            assert!(
                request.starts_with(&format!("GET /ping?username={} HTTP/1.1\r\n", name(number))),
                "{request}"
            );
        }
    }

    #[test]
    fn the_end_of_an_answer_is_known_from_its_head() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n26/11/21 09:05:07";
        assert_eq!(answer_length(whole), Some(whole.len()));
        assert_eq!(answer_length(&whole[..30]), None);
    }

    #[test]
    fn pings_reach_every_check() {
        let mut random = Random::new(3);
        let mut seen = [false; 16];
        for _ in 0..1_000 {
            seen[usize::try_from(random.below(16)).unwrap()] = true;
        }
        assert_eq!(seen, [true; 16]);
    }
}
