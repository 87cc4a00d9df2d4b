//! Slows those who only ask for what is refused, and nobody else.
//!
//! All devices of a house share one address, so pings that are taken are never limited; a source that guesses names or
//! keys gets a word to wait instead of an answer. The memory is fixed: a million addresses cost what one does.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;
use tokio::time::Instant;

use super::peer::Source;
use super::timer;

/// Sources that are told apart; more of them share cells, which a random key makes unpredictable.
const CELLS: usize = 16_384;

/// One refused request each 100 ms is allowed for long: a device with a misspelt name that pings every second, ten
/// times over.
const DISTANCE_MICROS: u64 = 100_000;

/// How many refusals at once are allowed: a whole house that starts with an old config.
const BURST: u64 = 100;

/// Remembers for each source when its refused requests would have been spread evenly (GCRA).
pub struct Refusals {
    key: [u8; 16],
    begin: Instant,
    /// Microseconds after `begin` up to which a source's allowance is used.
    cells: Box<[AtomicU64]>,
}

impl Refusals {
    /// Starts with a clean slate.
    #[must_use]
    pub fn new(key: [u8; 16]) -> Self {
        let cells = (0..CELLS).map(|_| AtomicU64::new(0)).collect();
        Self { key, begin: timer::now(), cells }
    }

    /// Tells whether an answer is one of those that are counted.
    #[must_use]
    pub fn counts(status: StatusCode) -> bool {
        [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND].contains(&status)
    }

    /// Counts one refused request, or returns how long the source has to wait because it had too many.
    pub fn count(&self, source: Source) -> Result<(), Duration> {
        let elapsed = timer::now().duration_since(self.begin).as_micros();
        self.count_at(source, u64::try_from(elapsed).unwrap_or(u64::MAX / 2))
    }

    fn count_at(&self, source: Source, now: u64) -> Result<(), Duration> {
        let cell = &self.cells[self.place(source)];
        let counted = cell.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            let next = used.max(now) + DISTANCE_MICROS;
            (next <= now + BURST * DISTANCE_MICROS).then_some(next)
        });
        counted
            .map(drop)
            .map_err(|used| Duration::from_micros(used + DISTANCE_MICROS - now - BURST * DISTANCE_MICROS))
    }

    fn place(&self, source: Source) -> usize {
        let mut hasher = DefaultHasher::new();
        self.key.hash(&mut hasher);
        source.hash(&mut hasher);
        usize::try_from(hasher.finish() % CELLS as u64).expect("smaller than CELLS")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::of(text.parse().unwrap())
    }

    #[test]
    fn a_flood_is_told_to_wait_and_a_calm_source_is_not() {
        let refusals = Refusals::new([7; 16]);
        for _ in 0..BURST {
            assert_eq!(refusals.count_at(source("192.0.2.1"), 0), Ok(()));
        }
        assert_eq!(refusals.count_at(source("192.0.2.1"), 0), Err(Duration::from_millis(100)));
        assert_eq!(refusals.count_at(source("192.0.2.2"), 0), Ok(()));
    }

    #[test]
    fn the_allowance_comes_back_evenly() {
        let refusals = Refusals::new([7; 16]);
        while refusals.count_at(source("192.0.2.1"), 0).is_ok() {}
        assert!(refusals.count_at(source("192.0.2.1"), DISTANCE_MICROS).is_ok());
        assert!(refusals.count_at(source("192.0.2.1"), DISTANCE_MICROS).is_err());
        for _ in 0..BURST {
            assert!(refusals.count_at(source("192.0.2.1"), DISTANCE_MICROS * (BURST + 1)).is_ok());
        }
    }

    #[test]
    fn refused_requests_do_not_lengthen_the_wait() {
        let refusals = Refusals::new([7; 16]);
        while refusals.count_at(source("192.0.2.1"), 0).is_ok() {}
        for _ in 0..1_000 {
            assert_eq!(refusals.count_at(source("192.0.2.1"), 0), Err(Duration::from_millis(100)));
        }
    }

    #[test]
    fn only_refusals_count() {
        assert!(Refusals::counts(StatusCode::NOT_FOUND));
        assert!(!Refusals::counts(StatusCode::OK));
        assert!(!Refusals::counts(StatusCode::SERVICE_UNAVAILABLE));
    }
}
