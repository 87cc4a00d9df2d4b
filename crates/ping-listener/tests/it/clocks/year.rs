//! A year of a wall clock that is set every few hours: nobody is blamed for it, and nobody is excused.

use domain::check::{Check, Event, Listening, Policy};
use domain::gap::{Gaps, Tolerance};
use domain::ping::{Ping, Signal};
use domain::schedule::Schedule;
use domain::time::{Span, Timestamp};
use ping_listener::clock::{LOOKS_EVERY, Reading};
use ping_listener::random::Random;
use ping_listener::timekeeper::{Befallen, compare};

/// Seconds in a year: one look at the clocks in each.
const YEAR: i64 = 365 * 86_400;

/// Minutes between two pings of each client, and how many fifths more it may be silent.
const CLIENTS: [(i64, i64); 9] =
    [(1, 5), (5, 2), (10, 1), (15, 2), (30, 1), (60, 1), (180, 2), (720, 1), (1_440, 1)];

/// After a gap nobody is alerted for so long, and a pass comes a second later at most.
const CALM: Span = Span::from_seconds(11);

/// How far a step of the wall clock goes, in seconds, one way or the other: ten years at most.
const STEPS: [i64; 9] = [1, 3, 60, 3_600, 7_200, 86_400, 2_592_000, 31_557_600, 315_576_000];

struct Client {
    check: Check,
    period: Span,
    /// When it pings next, unless it is dead.
    pings_at: Timestamp,
    wakes_at: Timestamp,
    /// What the wall clock was ahead of the others at its last ping.
    offset: i64,
    died_at: Option<Timestamp>,
}

/// What the year came to.
#[derive(Debug, Default)]
struct Figures {
    looks: u64,
    steps: u64,
    seen_forward: u64,
    seen_back: u64,
    pings: u64,
    reported: u64,
    /// The longest silence until a report, in periods of patience.
    worst: f64,
    /// Alarms of a monitor that subtracts readings of the wall clock.
    naive_false: u64,
}

struct World {
    random: Random,
    clients: Vec<Client>,
    gaps: Gaps,
    /// When a client does something or is to be looked at.
    next_at: Timestamp,
    /// Wall-clock time less the time since the boot.
    offset: i64,
    figures: Figures,
}

#[test]
fn a_year_of_wall_clock_steps_raises_no_false_alarm_and_hides_no_death() {
    let figures = World::new(1).live();
    println!("{figures:?}");
    assert_eq!(figures.reported, 12);
    assert!(figures.worst <= 2.02, "{figures:?}");
    assert!(1_500 < figures.steps && 100_000 < figures.pings, "{figures:?}");
    // A year in which the clock of the wall mattered: else it would prove nothing.
    assert!(100 < figures.naive_false, "{figures:?}");
}

impl World {
    fn new(seed: u64) -> Self {
        let begin = Timestamp::from_micros(0);
        let client = |&(minutes, fifths): &(i64, i64)| {
            let period = Span::from_minutes(minutes);
            let policy = Policy {
                schedule: Schedule::Every(
                    period.scaled(1.0 + 0.2 * f64::from(i32::try_from(fifths).unwrap())),
                ),
                grace: Span::ZERO,
                is_monitored: true,
                remind_every: Span::from_hours(24 * 400),
                refresh_on_ping: true,
                notify_recovery: false,
            };
            let check = Check::new(policy, begin);
            Client { check, period, pings_at: begin, wakes_at: begin, offset: 0, died_at: None }
        };
        let clients = CLIENTS.iter().map(client).collect();
        let random = Random::from_seed(seed);
        Self {
            random,
            clients,
            gaps: Gaps::default(),
            next_at: begin,
            offset: 0,
            figures: Figures::default(),
        }
    }

    fn live(mut self) -> Figures {
        let mut last = Reading { boot: Span::ZERO, monotonic: Span::ZERO, wall_micros: 0 };
        let mut steps_at = self.hours(6);
        let mut month = 0;
        for second in 1..=YEAR {
            // A look comes up to a tenth of a second late, as on a busy machine; the clocks drift a little.
            let boot = Span::from_micros(second * 1_000_000 + (second * 7_919) % 100_000);
            self.offset += second % 3 - 1;
            let now = Timestamp::from_micros(boot.as_micros());
            if steps_at <= now {
                steps_at = now + (self.hours(6) - Timestamp::from_micros(0));
                self.step();
            }
            if second == YEAR / 12 * month + YEAR / 24 {
                month += 1;
                self.die(now);
            }
            let reading = Reading { boot, monotonic: boot, wall_micros: boot.as_micros() + self.offset };
            for befallen in compare(&last, &reading, LOOKS_EVERY) {
                self.befall(befallen, Timestamp::from_micros(last.boot.as_micros()), now);
            }
            last = reading;
            if self.next_at <= now {
                self.clients_live(now);
            }
        }
        self.figures.looks = YEAR.unsigned_abs();
        self.figures
    }

    /// Draws an instant within so many hours.
    fn hours(&self, most: i64) -> Timestamp {
        Timestamp::from_micros(0) + Span::from_hours(most).scaled(self.random.unit())
    }

    fn step(&mut self) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of nine")]
        let seconds = STEPS[(self.random.unit() * 9.0) as usize];
        // Back from what is ahead, so that the clock stays within ten years of the truth.
        let sign = if 0 < self.offset { -1 } else { 1 };
        self.offset += sign * seconds * 1_000_000;
        self.figures.steps += 1;
    }

    fn befall(&mut self, befallen: Befallen, from: Timestamp, now: Timestamp) {
        match befallen {
            Befallen::StepForward => self.figures.seen_forward += 1,
            Befallen::StepBack => self.figures.seen_back += 1,
            Befallen::Suspend | Befallen::Stall => panic!("{befallen:?} at {now:?}"),
        }
        if let Some(gap) = befallen.gap(from, now) {
            self.gaps.push(gap);
            self.gaps.forget_before(now - Span::from_hours(24 * 8));
        }
        for client in self.clients.iter().filter(|client| client.died_at.is_none()) {
            let silent = now - client.check.base() + Span::from_micros(self.offset - client.offset);
            self.figures.naive_false += u64::from(client.check.patience() < silent);
        }
    }

    /// Lets the client die whose turn it is.
    fn die(&mut self, now: Timestamp) {
        let index = usize::try_from(self.figures.reported).unwrap() % CLIENTS.len();
        self.clients[index].died_at = Some(now);
    }

    /// Lets the clients ping that are to, and looks at those that are due.
    fn clients_live(&mut self, now: Timestamp) {
        let listening = Listening { gaps: &self.gaps, tolerance: Tolerance::DEFAULT };
        for client in &mut self.clients {
            if client.died_at.is_none() && client.pings_at <= now {
                let ping = Ping { at: now, signal: Signal::Success };
                if client.check.apply(&Event::Ping(ping), listening).flip.is_some() {
                    client.wakes_at = now;
                }
                client.offset = self.offset;
                // As punctual as a cron job on a busy machine: a tenth early or late.
                client.pings_at = now + client.period.scaled(0.9 + 0.2 * self.random.unit());
                self.figures.pings += 1;
            }
            if client.wakes_at <= now {
                let effects = client.check.apply(&Event::Deadline(now), listening);
                client.wakes_at =
                    client.check.wakes_at(listening, now).unwrap().max(now + Span::from_seconds(1));
                if effects.alert.is_some() {
                    let died_at = client.died_at.take();
                    assert!(died_at.is_some(), "a false alarm at {now:?}: {:?}", client.check);
                    let (silent, patience) = (now - client.check.base(), client.check.patience());
                    let worst = (silent - CALM).as_seconds_f64() / patience.as_seconds_f64();
                    self.figures.worst = self.figures.worst.max(worst);
                    self.figures.reported += 1;
                    client.pings_at = now;
                }
            }
        }
        let next_of = |client: &Client| match client.died_at {
            None => client.pings_at.min(client.wakes_at),
            Some(_) => client.wakes_at,
        };
        self.next_at = self.clients.iter().map(next_of).min().unwrap();
    }
}
