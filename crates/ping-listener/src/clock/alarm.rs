//! The alarm: ends a sleep by the clock that counts through suspend, and wakes the machine once for it.
//!
//! The runtime's own timers are sorted by coarser and finer slots, and a sleep of a second wakes it at the end of a
//! coarse one first. A server that has nothing to do would be woken twice for each look at the clocks.

use std::future::pending;
use std::io;
use std::os::fd::OwnedFd;

use domain::time::Span;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Shorter sleeps are left to the runtime, which needs no system call for them.
const LONG: Span = Span::from_millis(100);

/// Sleeps until the time since the boot is `until`; it is `now`.
#[expect(clippy::disallowed_methods, reason = "this is the place that sleeps")]
pub(super) async fn sleep(now: Span, until: Span) {
    if until - now < LONG {
        return tokio::time::sleep((until - now).to_std()).await;
    }
    match set(until) {
        Ok(alarm) => rung(&alarm).await,
        // Without a handle left, or on a kernel without such alarms, one is woken more often.
        Err(_) => tokio::time::sleep((until - now).to_std()).await,
    }
}

#[expect(
    deprecated,
    reason = "its other form is unsafe, because some types lie about their handle: this one does not"
)]
fn set(until: Span) -> io::Result<AsyncFd<OwnedFd>> {
    let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
    let alarm = timerfd_create(TimerfdClockId::Boottime, flags)?;
    let never = Timespec { tv_sec: 0, tv_nsec: 0 };
    let micros = until.as_micros();
    let once = Timespec { tv_sec: micros / 1_000_000, tv_nsec: micros % 1_000_000 * 1_000 };
    timerfd_settime(&alarm, TimerfdTimerFlags::ABSTIME, &Itimerspec { it_interval: never, it_value: once })?;
    AsyncFd::with_interest(alarm, Interest::READABLE)
}

/// Waits for the alarm; one that cannot be waited for belongs to a runtime that has ended, like whoever slept.
async fn rung(alarm: &AsyncFd<OwnedFd>) {
    if alarm.readable().await.is_err() {
        pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Source, SystemSource};

    #[tokio::test]
    async fn a_sleep_ends_when_it_was_to_end_whether_long_or_short() {
        for length in [Span::from_millis(-5), Span::from_millis(5), Span::from_millis(150)] {
            let began = SystemSource.boot();
            SystemSource.sleep_until(began + length).await;
            let slept = SystemSource.boot() - began;
            assert!(length <= slept, "{slept} are less than {length}");
            assert!(slept < Span::from_seconds(60), "{slept} are much more than {length}");
        }
    }

    #[tokio::test]
    async fn an_alarm_for_an_instant_that_has_passed_rings_at_once() {
        rung(&set(Span::from_micros(1)).unwrap()).await;
    }
}
