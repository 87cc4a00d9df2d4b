//! The one place that reads the time, and turns it into service time.
//!
//! Service time runs with the clock that counts on through suspend (`CLOCK_BOOTTIME`), so that no step of the wall
//! clock moves a deadline; only across a reboot the wall clock has to be believed.

#[cfg(feature = "fault-injection")]
pub mod stepped;
mod alarm;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::time::{Span, Timestamp};
use jiff::tz::TimeZone;

pub(crate) mod planted;

/// All clocks of the machine, read together.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Since the boot, suspend included.
    pub boot: Span,
    /// Since the boot, suspend left out.
    pub monotonic: Span,
    /// The wall clock, in microseconds since the Unix epoch.
    pub wall_micros: i64,
}

/// Where time comes from: the machine, or a test that moves it.
pub trait Source: Send + Sync {
    /// Reads all clocks.
    fn read(&self) -> Reading;

    /// Reads only the time since the boot, suspend included.
    fn boot(&self) -> Span;

    /// Names this boot of the machine.
    fn boot_id(&self) -> String;

    /// Tells whether the wall clock is synchronised with the world, or `None` where that cannot be asked.
    fn is_synchronised(&self) -> Option<bool>;

    /// Waits until the time since the boot is `boot`. It may come late by the length of a suspend: whoever sleeps
    /// long has to be woken after one.
    fn sleep_until(&self, boot: Span) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The machine's own clocks.
pub struct SystemSource;

impl Source for SystemSource {
    fn read(&self) -> Reading {
        let wall = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
        Reading {
            boot: self.boot(),
            monotonic: span(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic)),
            wall_micros: span(wall).as_micros(),
        }
    }

    fn boot(&self) -> Span {
        span(rustix::time::clock_gettime(rustix::time::ClockId::Boottime))
    }

    fn boot_id(&self) -> String {
        std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
    }

    fn is_synchronised(&self) -> Option<bool> {
        clock_sync::is_synchronised()
    }

    fn sleep_until(&self, boot: Span) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(alarm::sleep(self.boot(), boot))
    }
}

fn span(reading: rustix::time::Timespec) -> Span {
    Span::from_micros(reading.tv_sec * 1_000_000 + reading.tv_nsec / 1_000)
}

/// What the store remembers of time: one instant on all clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The boot in which it was made.
    pub boot_id: String,
    /// The time since that boot.
    pub boot: Span,
    /// Service time at that instant.
    pub service: Timestamp,
    /// Wall-clock time less service time at that instant, in microseconds.
    pub wall_offset_micros: i64,
    /// Since when pings could not be taken, if they could not.
    pub gap_since: Option<Timestamp>,
    /// How long the clock has been untrusted in all, without having been synchronised in between.
    pub untrusted: Span,
}

impl Stamp {
    /// Moves on to what a commit after it says of the same clocks; an earlier one says nothing new.
    pub fn reach(&mut self, service: Timestamp, wall_offset_micros: i64) {
        if self.service < service {
            self.boot += service - self.service;
            self.service = service;
            self.wall_offset_micros = wall_offset_micros;
        }
    }
}

/// What the clocks say at a start.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// Service time now.
    pub now: Timestamp,
    /// The machine booted since the last stamp.
    pub is_new_boot: bool,
    /// The wall clock cannot be believed yet: it went back, or it jumped far and nothing synchronises it.
    pub is_untrusted: bool,
}

/// Distance of two looks at all clocks: how far back the beginning of an absence may be put.
pub const LOOKS_EVERY: Span = Span::from_seconds(1);

/// A look that comes later than this after its time means that the program could not run.
pub const LATE_LOOK: Span = Span::from_millis(200);

/// A jump of the wall clock across a reboot that is believed without a synchronised clock.
const BELIEVED_JUMP_MAX: Span = Span::from_hours(1);

/// Service time and wall time, for everybody. Clones share it.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    source: Arc<dyn Source>,
    service_offset: Span,
    wall_offset_micros: AtomicI64,
    /// Service time of the last look at all clocks, in microseconds.
    looked_at: AtomicI64,
    /// Service time at which the next one is to come.
    looks_again_at: AtomicI64,
    zone: TimeZone,
}

impl Clock {
    /// Continues service time from the last `stamp`, which the store found to be alive until `alive`, or begins it.
    #[must_use]
    pub fn start(source: Arc<dyn Source>, zone: TimeZone, stamp: Option<&Stamp>) -> (Self, Start) {
        let reading = source.read();
        let start = match stamp {
            None => Start {
                now: Timestamp::from_micros(reading.wall_micros),
                is_new_boot: false,
                is_untrusted: false,
            },
            Some(stamp) if stamp.boot_id == source.boot_id() && stamp.boot <= reading.boot => Start {
                now: stamp.service + (reading.boot - stamp.boot),
                is_new_boot: false,
                is_untrusted: stamp.untrusted > Span::ZERO,
            },
            Some(stamp) => {
                let wall_then = stamp.service.as_micros() + stamp.wall_offset_micros;
                let jump = Span::from_micros(reading.wall_micros - wall_then);
                let is_synchronised = source.is_synchronised().unwrap_or(true);
                Start {
                    now: stamp.service + jump.max(Span::ZERO),
                    is_new_boot: true,
                    is_untrusted: jump < Span::ZERO || (BELIEVED_JUMP_MAX < jump && !is_synchronised),
                }
            }
        };
        let start = planted::begun(start, reading.wall_micros);
        let service_offset = Span::from_micros(start.now.as_micros() - reading.boot.as_micros());
        let wall_offset_micros = AtomicI64::new(reading.wall_micros - start.now.as_micros());
        let looked_at = AtomicI64::new(start.now.as_micros());
        let looks_again_at = AtomicI64::new((start.now + LOOKS_EVERY).as_micros());
        let inner = Inner { source, service_offset, wall_offset_micros, looked_at, looks_again_at, zone };
        (Self(Arc::new(inner)), start)
    }

    /// Returns service time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = Timestamp::from_micros((self.0.source.boot() + self.0.service_offset).as_micros());
        planted::told(now, &*self.0.source)
    }

    /// Returns the wall-clock time at the instant `at` of service time, by the offset that holds now.
    #[must_use]
    pub fn wall(&self, at: Timestamp) -> jiff::Timestamp {
        wall_time(at.as_micros().saturating_add(self.wall_offset_micros()))
    }

    /// Returns wall-clock time now.
    #[must_use]
    pub fn wall_now(&self) -> jiff::Timestamp {
        self.wall(self.now())
    }

    /// Returns wall-clock time less service time, in microseconds, as last looked at.
    #[must_use]
    pub fn wall_offset_micros(&self) -> i64 {
        self.0.wall_offset_micros.load(Ordering::Relaxed)
    }

    /// Takes note of where the wall clock stands now.
    pub fn set_wall_offset_micros(&self, offset: i64) {
        self.0.wall_offset_micros.store(offset, Ordering::Relaxed);
    }

    /// Takes note that the clocks were looked at, and that every absence until `at` is known; the next look is to
    /// come at `next`.
    pub fn note_look(&self, at: Timestamp, next: Timestamp) {
        self.0.looked_at.store(at.as_micros(), Ordering::Relaxed);
        self.0.looks_again_at.store(next.as_micros(), Ordering::Relaxed);
    }

    /// Tells whether an absence may lie just before `at` that nobody has noticed yet.
    #[must_use]
    pub fn may_have_been_away(&self, at: Timestamp) -> bool {
        let looks_again_at = Timestamp::from_micros(self.0.looks_again_at.load(Ordering::Relaxed));
        LATE_LOOK < at - looks_again_at
    }

    /// Returns since when an absence may lie before `at` that nobody has noted yet, or `None` if there can be none.
    #[must_use]
    pub fn unnoted_since(&self, at: Timestamp) -> Option<Timestamp> {
        let looked_at = Timestamp::from_micros(self.0.looked_at.load(Ordering::Relaxed));
        self.may_have_been_away(at).then_some(looked_at)
    }

    /// Returns the server's local time zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.0.zone
    }

    /// Reads all clocks, and service time with them.
    #[must_use]
    pub fn read(&self) -> (Timestamp, Reading) {
        let reading = self.0.source.read();
        let now = Timestamp::from_micros((reading.boot + self.0.service_offset).as_micros());
        (planted::told(now, &*self.0.source), reading)
    }

    /// Makes the stamp of this instant.
    #[must_use]
    pub fn stamp(&self, gap_since: Option<Timestamp>, untrusted: Span) -> Stamp {
        let boot = self.0.source.boot();
        Stamp {
            boot_id: self.0.source.boot_id(),
            boot,
            service: Timestamp::from_micros((boot + self.0.service_offset).as_micros()),
            wall_offset_micros: self.wall_offset_micros(),
            gap_since,
            untrusted,
        }
    }

    /// Tells whether the wall clock is synchronised with the world; where that cannot be asked, it is taken for so.
    #[must_use]
    pub fn is_synchronised(&self) -> bool {
        self.0.source.is_synchronised().unwrap_or(true)
    }

    /// Waits until service time is `at`.
    pub async fn sleep_until(&self, at: Timestamp) {
        let boot = Span::from_micros(at.as_micros().saturating_sub(self.0.service_offset.as_micros()));
        self.0.source.sleep_until(boot).await;
    }
}

/// Makes a wall-clock time of microseconds since the Unix epoch; far outside the calendar it stays at its ends.
#[must_use]
pub fn wall_time(micros: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    })
}
