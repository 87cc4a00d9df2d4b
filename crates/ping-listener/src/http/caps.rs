//! Keeps one source, or all together, from holding more connections than the server can afford.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::peer::Source;

/// Counts open connections.
pub(super) struct Caps {
    connections_max: usize,
    per_source_max: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    total: usize,
    /// No more entries than connections, so bounded by the total.
    by_source: HashMap<Source, usize>,
}

/// Why a connection was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There are too many altogether.
    Full,
    /// There are too many from this source.
    SourceFull,
}

/// A counted connection; given back when dropped.
pub(super) struct Seat {
    caps: Arc<Caps>,
    source: Option<Source>,
}

impl Caps {
    pub(super) fn new(connections_max: usize, per_source_max: usize) -> Self {
        Self { connections_max, per_source_max, open: Mutex::default() }
    }

    /// Counts one more connection; an exempt one is not counted at all.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr, is_exempt: bool) -> Result<Seat, Refused> {
        let source = (!is_exempt).then(|| Source::of(address));
        if let Some(source) = source {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            if self.connections_max <= open.total {
                return Err(Refused::Full);
            }
            let count = open.by_source.entry(source).or_default();
            if self.per_source_max <= *count {
                return Err(Refused::SourceFull);
            }
            *count += 1;
            open.total += 1;
        }
        Ok(Seat { caps: Arc::clone(self), source })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(source) = self.source else { return };
        let mut open = self.caps.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total -= 1;
        if let Some(count) = open.by_source.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                open.by_source.remove(&source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_source_cannot_take_every_seat() {
        let caps = Arc::new(Caps::new(3, 2));
        let first = caps.admit(address("2001:db8::1"), false).ok().unwrap();
        let _second = caps.admit(address("2001:db8::2"), false).ok().unwrap();
        assert_eq!(caps.admit(address("2001:db8::3"), false).err(), Some(Refused::SourceFull));
        let _other = caps.admit(address("192.0.2.1"), false).ok().unwrap();
        assert_eq!(caps.admit(address("192.0.2.2"), false).err(), Some(Refused::Full));
        drop(first);
        assert!(caps.admit(address("2001:db8::3"), false).is_ok());
    }

    #[test]
    fn an_exempt_source_is_always_let_in() {
        let caps = Arc::new(Caps::new(0, 0));
        assert!(caps.admit(address("127.0.0.1"), true).is_ok());
    }

    #[test]
    fn seats_given_back_leave_nothing_behind() {
        let caps = Arc::new(Caps::new(10, 10));
        drop(caps.admit(address("192.0.2.1"), false).ok().unwrap());
        let open = caps.open.lock().unwrap();
        assert_eq!((open.total, open.by_source.len()), (0, 0));
    }
}
