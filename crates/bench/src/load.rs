//! The load: keep-alive connections that send requests as fast as they are answered, or at a rate that nothing slows.
//!
//! At a rate, each request is due at its own moment, and its latency counts from there, whether or not a connection was
//! free to send it: a server that stalls is charged for everybody who would have come meanwhile.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::mem;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use crate::requests::Requests;

/// More than any answer to what is asked here: a day of a check that pings every second.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// An answer that takes longer than this never comes.
const ANSWER_MAX: Duration = Duration::from_mins(1);

/// How often the end of a load is looked for when nothing is answered.
const LOOK_AGAIN: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// Marks the timer among the connections.
const TIMER: u64 = u64::MAX;

/// How requests follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// Each connection sends the next as soon as the last one is answered.
    Closed,
    /// So many a second altogether, whatever is answered.
    Rate(f64),
}

/// One request that was answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// When it was to be sent.
    pub(crate) due: Instant,
    /// When its answer was complete.
    pub(crate) answered: Instant,
}

impl Sample {
    pub(crate) fn latency(&self) -> Duration {
        self.answered - self.due
    }
}

/// Connections to one server, and what watches them.
pub(crate) struct Load {
    connections: Vec<Connection>,
    idle: VecDeque<usize>,
    watch: OwnedFd,
    samples: Vec<Sample>,
}

impl Load {
    pub(crate) fn connect(server: SocketAddr, connections: u32) -> Result<Self> {
        let watch = epoll::create(CreateFlags::CLOEXEC)?;
        let mut load = Self { connections: Vec::new(), idle: VecDeque::new(), watch, samples: Vec::new() };
        for number in 0..connections {
            let stream = TcpStream::connect(server).context("cannot connect")?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            epoll::add(&load.watch, &stream, EventData::new_u64(number.into()), EventFlags::IN)?;
            load.idle.push_back(load.connections.len());
            load.connections.push(Connection { stream, request: Vec::new(), answer: Vec::new(), due: None });
        }
        Ok(load)
    }

    /// Sends requests for as long as there are any and `goes_on` says so, and waits for their answers; an answer other
    /// than 200 is an error. The connections are used in turn, and stay.
    pub(crate) fn drive(
        &mut self,
        pace: Pace,
        requests: &mut Requests,
        mut goes_on: impl FnMut(Instant) -> Result<bool>,
    ) -> Result<Vec<Sample>> {
        let began = Instant::now();
        let mut schedule = Schedule::new(pace, began);
        let timer = schedule.timer()?;
        if let Some(timer) = &timer {
            epoll::add(&self.watch, timer, EventData::new_u64(TIMER), EventFlags::IN)?;
        }
        let mut events: Vec<Event> = Vec::with_capacity(1024);
        let mut has_more = true;
        let mut last_answer = began;
        loop {
            let now = Instant::now();
            has_more = has_more && goes_on(now)?;
            while has_more && let Some(&number) = self.idle.front() {
                let Some(due) = schedule.next(now) else { break };
                has_more = self.connections[number].send(requests, due)?;
                if has_more {
                    self.idle.pop_front();
                }
            }
            if !has_more && self.idle.len() == self.connections.len() {
                return Ok(mem::take(&mut self.samples));
            }
            events.clear();
            epoll::wait(&self.watch, spare_capacity(&mut events), Some(&LOOK_AGAIN))?;
            for event in &events {
                if event.data.u64() == TIMER {
                    let mut expirations = [0; 8];
                    rustix::io::read(timer.as_ref().context("the timer is gone")?, &mut expirations)?;
                } else {
                    self.hear(usize::try_from(event.data.u64())?)?;
                    last_answer = now;
                }
            }
            let is_waiting = self.idle.len() < self.connections.len();
            ensure!(!is_waiting || now < last_answer + ANSWER_MAX, "no answer within {ANSWER_MAX:?}");
        }
    }

    fn hear(&mut self, number: usize) -> Result<()> {
        let connection = &mut self.connections[number];
        if let Some(due) = connection.read_answer()? {
            self.samples.push(Sample { due, answered: Instant::now() });
            self.idle.push_back(number);
        }
        Ok(())
    }
}

/// When requests are due.
struct Schedule {
    began: Instant,
    distance: Option<Duration>,
    sent: u32,
}

impl Schedule {
    fn new(pace: Pace, began: Instant) -> Self {
        let distance = match pace {
            Pace::Closed => None,
            Pace::Rate(a_second) => Some(Duration::from_secs_f64(1.0 / a_second)),
        };
        Self { began, distance, sent: 0 }
    }

    /// Returns when the next request is due if that is not after `now`; then the one behind it is the next.
    fn next(&mut self, now: Instant) -> Option<Instant> {
        let due = match self.distance {
            None => now,
            Some(distance) => self.began + distance * self.sent,
        };
        (due <= now).then(|| {
            self.sent += 1;
            due
        })
    }

    /// Makes a timer that wakes us for each request; `None` if answers alone do.
    fn timer(&self) -> Result<Option<OwnedFd>> {
        let Some(distance) = self.distance else { return Ok(None) };
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?;
        let every = Timespec::try_from(distance)?;
        timerfd_settime(
            &timer,
            TimerfdTimerFlags::empty(),
            &Itimerspec { it_interval: every, it_value: every },
        )?;
        Ok(Some(timer))
    }
}

struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
    /// When the request was due whose answer has not come yet.
    due: Option<Instant>,
}

impl Connection {
    /// Sends the next request; returns whether there was one.
    fn send(&mut self, requests: &mut Requests, due: Instant) -> Result<bool> {
        self.request.clear();
        if !requests.write_next(&mut self.request) {
            return Ok(false);
        }
        // Some hundred bytes always fit into the buffer of a socket whose last request was answered.
        self.stream.write_all(&self.request)?;
        self.due = Some(due);
        Ok(true)
    }

    /// Reads what has come; returns when the request was due if its answer is complete.
    fn read_answer(&mut self) -> Result<Option<Instant>> {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) => bail!("hung up after {:?}", String::from_utf8_lossy(&self.answer)),
            Ok(more) => self.answer.extend_from_slice(&bytes[..more]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let Some(whole) = answer_length(&self.answer) else { return Ok(None) };
        let is_bad =
            !self.answer.starts_with(b"HTTP/1.1 200") || ANSWER_BYTES_MAX.min(whole) < self.answer.len();
        if is_bad {
            bail!("unexpected answer {:?}", String::from_utf8_lossy(&self.answer));
        }
        if self.answer.len() < whole {
            return Ok(None);
        }
        self.answer.clear();
        Ok(self.due.take())
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

#[cfg(test)]
mod tests {
    use std::io::BufRead as _;
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn the_end_of_an_answer_is_known_from_its_head() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n26/11/21 09:05:07";
        assert_eq!(answer_length(whole), Some(whole.len()));
        assert_eq!(answer_length(&whole[..30]), None);
    }

    /// Answers one connection, each request after a pause.
    fn slow_server(pause: Duration) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut lines = std::io::BufReader::new(stream.try_clone().unwrap()).lines();
            while let Some(Ok(line)) = lines.next() {
                if line.is_empty() {
                    thread::park_timeout(pause);
                    (&stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
                }
            }
        });
        address
    }

    #[test]
    fn a_request_that_had_to_wait_for_a_connection_has_waited_since_it_was_due() {
        let mut load = Load::connect(slow_server(Duration::from_millis(20)), 1).unwrap();
        let samples =
            load.drive(Pace::Rate(1_000.0), &mut Requests::pings_in_turn(10), |_| Ok(true)).unwrap();
        assert_eq!(samples.len(), 10);
        let latency = samples.last().unwrap().latency();
        // The tenth was due after 9 ms, and answered after the nine before it, which took 20 ms each.
        assert!(Duration::from_millis(170) < latency, "{latency:?}");
    }

    #[test]
    fn a_closed_loop_counts_from_when_it_sends() {
        let mut load = Load::connect(slow_server(Duration::from_millis(20)), 1).unwrap();
        let samples = load.drive(Pace::Closed, &mut Requests::pings_in_turn(5), |_| Ok(true)).unwrap();
        assert!(samples.iter().all(|sample| sample.latency() < Duration::from_millis(100)), "{samples:?}");
    }
}
