//! A clock that only a story moves: the machine's sleeps, stalls, reboots and wrong wall clocks, without waiting.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};

use domain::time::Span;
use jiff::Timestamp;
use ping_listener::clock::{Reading, Source};
use tokio::sync::watch;

/// Sleeps up to this length are over at once: they only spread work out, and no story is about them.
const MOMENT: Span = Span::from_millis(100);

/// All clocks of a machine, moved by hand.
pub struct ManualSource {
    state: Mutex<State>,
    boot: watch::Sender<Span>,
}

struct State {
    monotonic: Span,
    wall_micros: i64,
    boots: u32,
    is_synchronised: Option<bool>,
}

impl ManualSource {
    /// Sets the wall clock to `wall`, an hour after a boot.
    pub fn new(wall: Timestamp) -> Self {
        let hour = Span::from_hours(1);
        let state = State {
            monotonic: hour,
            wall_micros: wall.as_microsecond(),
            boots: 1,
            is_synchronised: Some(true),
        };
        Self { state: Mutex::new(state), boot: watch::Sender::new(hour) }
    }

    /// Lets time pass on all clocks.
    pub fn advance(&self, length: Span) {
        self.lock().monotonic += length;
        self.pass(length);
    }

    /// Lets time pass while the machine sleeps.
    pub fn suspend(&self, length: Span) {
        self.pass(length);
    }

    /// Sets the wall clock forward, or back by a negative length.
    pub fn step_wall(&self, length: Span) {
        self.lock().wall_micros += length.as_micros();
    }

    /// Sets the wall clock to an instant.
    pub fn set_wall(&self, wall: Timestamp) {
        self.lock().wall_micros = wall.as_microsecond();
    }

    /// Says whether the wall clock is synchronised with the world; `None` where that cannot be asked.
    pub fn set_synchronised(&self, is_synchronised: Option<bool>) {
        self.lock().is_synchronised = is_synchronised;
    }

    /// Boots the machine anew after it was off for `off`: a minute later the server may start.
    pub fn reboot(&self, off: Span) {
        let minute = Span::from_minutes(1);
        let mut state = self.lock();
        state.boots += 1;
        state.monotonic = minute;
        state.wall_micros += (off + minute).as_micros();
        drop(state);
        self.boot.send_replace(minute);
    }

    /// Returns what the wall clock shows.
    pub fn wall(&self) -> Timestamp {
        Timestamp::from_microsecond(self.lock().wall_micros).expect("stories stay in the calendar")
    }

    fn pass(&self, length: Span) {
        self.lock().wall_micros += length.as_micros();
        self.boot.send_modify(|boot| *boot += length);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while moving the clock")
    }
}

impl Source for ManualSource {
    fn read(&self) -> Reading {
        let state = self.lock();
        Reading { boot: self.boot(), monotonic: state.monotonic, wall_micros: state.wall_micros }
    }

    fn boot(&self) -> Span {
        *self.boot.borrow()
    }

    fn boot_id(&self) -> String {
        format!("boot {}", self.lock().boots)
    }

    fn is_synchronised(&self) -> Option<bool> {
        self.lock().is_synchronised
    }

    fn sleep_until(&self, boot: Span) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut boots = self.boot.subscribe();
        let is_moment = boot - self.boot() <= MOMENT;
        Box::pin(async move {
            if is_moment {
                return tokio::task::yield_now().await;
            }
            // The sender lives as long as this source.
            let _ = boots.wait_for(|now| boot <= *now).await;
        })
    }
}
