//! What is asked of a server: pings at random or in turn, and days of the history.

use std::sync::Arc;

/// Names check number `number` in 16 bytes.
pub(crate) fn name(number: u64) -> String {
    format!("check-{number:010}")
}

/// An endless row of requests, or one that ends.
pub(crate) enum Requests {
    /// Pings of this many checks, at random.
    Pings { ping: Ping, checks: u64, random: Random },
    /// Pings of the managed checks with these UUIDs, at random.
    Managed { uuids: Arc<[String]>, random: Random },
    /// One ping of each of them.
    ManagedInTurn { uuids: Arc<[String]>, next: usize },
    /// One ping of each of this many checks, in their order.
    PingsInTurn { ping: Ping, checks: u64, next: u64 },
    /// Days of single checks, at random: lines of `/logs` with a place for the name before them.
    Days { days: Vec<String>, checks: u64, random: Random },
}

impl Requests {
    pub(crate) fn pings(checks: u64, seed: u64) -> Self {
        Self::Pings { ping: Ping::new(), checks, random: Random::new(seed) }
    }

    pub(crate) fn pings_in_turn(checks: u64) -> Self {
        Self::PingsInTurn { ping: Ping::new(), checks, next: 0 }
    }

    pub(crate) fn managed(uuids: &Arc<[String]>, seed: u64) -> Self {
        Self::Managed { uuids: uuids.clone(), random: Random::new(seed) }
    }

    pub(crate) fn managed_in_turn(uuids: &Arc<[String]>) -> Self {
        Self::ManagedInTurn { uuids: uuids.clone(), next: 0 }
    }

    /// Each of `days` reads `year=26&month=11&day=21`.
    pub(crate) fn days(days: Vec<String>, checks: u64) -> Self {
        Self::Days { days, checks, random: Random::new(1) }
    }

    /// Appends the next request; returns `false` if there is none.
    pub(crate) fn write_next(&mut self, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Pings { ping, checks, random } => out.extend_from_slice(ping.to(random.below(*checks))),
            Self::Managed { uuids, random } => {
                let index = usize::try_from(random.below(uuids.len() as u64)).expect("an index fits");
                write_managed(out, &uuids[index]);
            }
            Self::ManagedInTurn { uuids, next } => {
                let Some(uuid) = uuids.get(*next) else { return false };
                write_managed(out, uuid);
                *next += 1;
            }
            Self::PingsInTurn { ping, checks, next } => {
                if next == checks {
                    return false;
                }
                out.extend_from_slice(ping.to(*next));
                *next += 1;
            }
            Self::Days { days, checks, random } => {
                let check = name(random.below(*checks));
                let day = usize::try_from(random.below(days.len() as u64)).expect("an index fits");
                let target = format!("/logs?username={check}&{}", days[day]);
                out.extend_from_slice(format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").as_bytes());
            }
        }
        true
    }
}

fn write_managed(out: &mut Vec<u8>, uuid: &str) {
    for part in ["GET /ping/", uuid, " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// A rendered ping in which only the number of the check is written anew.
pub(crate) struct Ping {
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
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(0x9E37_79B9_7F4A_7C15 ^ (seed << 17))
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
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
    fn pings_in_turn_reach_each_check_once() {
        let mut requests = Requests::pings_in_turn(2);
        let mut out = Vec::new();
        while requests.write_next(&mut out) {}
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.matches("GET ").count(), 2);
        assert!(text.contains(&name(0)) && text.contains(&name(1)));
    }

    #[test]
    fn pings_at_random_reach_every_check() {
        let mut random = Random::new(3);
        let mut seen = [false; 16];
        for _ in 0..1_000 {
            seen[usize::try_from(random.below(16)).unwrap()] = true;
        }
        assert_eq!(seen, [true; 16]);
    }
}
