//! The laws of the rules: each is a sentence, and holds whatever happens in whatever order.
//!
//! Time moves in whole seconds and lengths are short, so that pings, gaps, passes and deadlines fall together often.

#[path = "properties/edits.rs"]
mod edits;
#[path = "properties/oracle.rs"]
mod oracle;

use domain::check::{Check, Effects, Event, LastAlert, Listening, Policy, State};
use domain::flip::Direction;
use domain::gap::{Gap, Gaps, Tolerance};
use domain::ping::{Ping, Signal};
use domain::schedule::Schedule;
use domain::standing::Standing;
use domain::time::{Span, Timestamp};
use oracle::{Asked, Oracle};
use proptest::prelude::*;

/// Something that happens, so many seconds after what happened before.
#[derive(Clone, Copy, Debug)]
enum Act {
    Ping(i64),
    Pass(i64),
    /// A gap begins, and lasts for the second number.
    Gap(i64, i64),
}

/// A check and its listener, moved by hand.
#[derive(Clone)]
struct World {
    check: Check,
    gaps: Gaps,
    tolerance: Tolerance,
    now: i64,
}

const INSTANT: Span = Span::from_micros(1);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn policy(asked: Asked) -> Policy {
    Policy {
        schedule: Schedule::Every(Span::from_seconds(asked.max_sleep)),
        grace: Span::ZERO,
        is_monitored: true,
        remind_every: Span::from_seconds(asked.remind_every),
        refresh_on_ping: asked.refresh,
        notify_recovery: false,
    }
}

impl World {
    fn new(asked: Asked) -> Self {
        Self {
            check: Check::new(policy(asked), at(0)),
            gaps: Gaps::default(),
            #[expect(clippy::cast_precision_loss, reason = "it is 3 at most")]
            tolerance: Tolerance::new(asked.tolerance as f64),
            now: 0,
        }
    }

    fn apply(&mut self, event: &Event) -> Effects {
        let listening = Listening { gaps: &self.gaps, tolerance: self.tolerance };
        self.check.apply(event, listening)
    }

    fn listening(&self) -> Listening<'_> {
        Listening { gaps: &self.gaps, tolerance: self.tolerance }
    }

    fn ping(&mut self) -> Effects {
        self.apply(&Event::Ping(Ping { at: at(self.now), signal: Signal::Success }))
    }

    fn pass(&mut self) -> Effects {
        self.apply(&Event::Deadline(at(self.now)))
    }

    fn gap(&mut self, length: i64) {
        self.gaps.push(Gap { from: at(self.now), until: at(self.now + length) });
        self.now += length;
    }

    fn act(&mut self, act: Act) -> Effects {
        match act {
            Act::Ping(after) => {
                self.now += after;
                self.ping()
            }
            Act::Pass(after) => {
                self.now += after;
                self.pass()
            }
            Act::Gap(after, length) => {
                self.now += after;
                self.gap(length);
                Effects::default()
            }
        }
    }

    fn deadline(&self) -> Timestamp {
        self.check.deadline(self.listening(), at(self.now)).at
    }

    fn is_down(&self) -> bool {
        matches!(self.check.state, State::Down(_))
    }

    fn revise(&mut self, max_sleep: i64) -> Effects {
        let schedule = Schedule::Every(Span::from_seconds(max_sleep));
        self.apply(&Event::Revise(at(self.now), Policy { schedule, ..self.check.policy }))
    }

    fn monitor(&mut self, is_monitored: bool) -> Effects {
        self.apply(&Event::Revise(at(self.now), Policy { is_monitored, ..self.check.policy }))
    }
}

fn asked() -> impl Strategy<Value = Asked> {
    (1..=20_i64, 0..=15_i64, any::<bool>(), 1..=3_i64).prop_map(
        |(max_sleep, remind_every, refresh, tolerance)| Asked { max_sleep, remind_every, refresh, tolerance },
    )
}

/// Gaps are two seconds apart at least: closer ones are one gap.
fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => (0..=8_i64).prop_map(Act::Ping),
        8 => (0..=4_i64).prop_map(Act::Pass),
        1 => (2..=9_i64, 0..=12_i64).prop_map(|(after, length)| Act::Gap(after, length)),
    ]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(act(), 1..120)
}

/// The crash loop: seconds of listening and seconds of none, in turn.
fn crash_loop() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((2..=9_i64, 0..=6_i64), 120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// The rules say at each pass what the naive answer says, number by number.
    #[test]
    fn the_rules_agree_with_the_naive_answer(asked in asked(), acts in acts()) {
        let mut world = World::new(asked);
        let mut oracle = Oracle::new(asked);
        for act in acts {
            let effects = world.act(act);
            let alert = effects.alert.map(|alert| alert.incident.alerts);
            let expected = match act {
                Act::Ping(_) => { oracle.on_ping(world.now); None }
                Act::Pass(_) => oracle.on_pass(world.now),
                Act::Gap(_, length) => { oracle.on_gap(world.now - length, world.now); None }
            };
            prop_assert_eq!(alert, expected, "at {}", world.now);
            prop_assert_eq!(world.is_down(), oracle.is_down(), "at {}", world.now);
        }
    }

    /// The last ping never moves back, in whatever order pings come.
    #[test]
    fn the_last_ping_never_moves_back(asked in asked(), stamps in prop::collection::vec(0..100_i64, 1..50)) {
        let mut world = World::new(asked);
        for stamp in stamps {
            let before = world.check.last_ping;
            world.apply(&Event::Ping(Ping { at: at(stamp), signal: Signal::Success }));
            prop_assert!(before <= world.check.last_ping);
            prop_assert!(Some(at(stamp)) <= world.check.last_ping);
        }
    }

    /// A client whose ping comes at or before each deadline is never reported.
    #[test]
    fn whoever_pings_in_time_is_never_reported(
        asked in asked(),
        shares in prop::collection::vec(0.0..=1.0_f64, 1..40),
    ) {
        let mut world = World::new(asked);
        for share in shares {
            let pinging_at = world.deadline().as_micros() / 1_000_000;
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "some seconds")]
            let pinging_at = world.now + ((pinging_at - world.now) as f64 * share) as i64;
            while world.now < pinging_at {
                world.now += 1;
                prop_assert_eq!(world.pass(), Effects::default());
            }
            world.ping();
        }
    }

    /// A silence of more than K periods of listened time is down and alerted, however often the listener is away.
    #[test]
    fn no_crash_loop_hides_a_silence(
        asked in asked(),
        rounds in crash_loop(),
        pings in prop::collection::vec(0..30_i64, 0..3),
    ) {
        let mut world = World::new(asked);
        let (mut listened, mut alerted) = (0, false);
        // A deadline, the calm after it, and a second each for looking.
        let limit = asked.tolerance * asked.max_sleep + 12;
        for (up, down) in rounds {
            for _ in 0..up {
                world.now += 1;
                listened += 1;
                if pings.contains(&world.now) {
                    world.ping();
                    (listened, alerted) = (0, false);
                }
                // The alerts before a ping must not put off those after it.
                if world.check.last_alert.is_some() && !alerted {
                    world.check.last_alert = None;
                }
                alerted |= world.pass().alert.is_some();
            }
            if limit < listened {
                prop_assert!(world.is_down() && alerted, "{listened} s were listened to in vain");
            }
            world.gap(down);
        }
    }

    /// A check that is not monitored is never late, and nobody hears of it.
    #[test]
    fn whoever_is_not_monitored_is_never_reported(asked in asked(), acts in acts()) {
        let mut world = World::new(asked);
        world.monitor(false);
        for act in acts {
            let effects = world.act(act);
            prop_assert_eq!(effects.alert, None);
            prop_assert_eq!(effects.flip, None);
            prop_assert_eq!(world.check.wakes_at(world.listening(), at(world.now)), None);
        }
    }

    /// Two alerts are more than `email_frequency` apart, and a second at least, unless a ping that
    /// refreshes lay between.
    #[test]
    fn alerts_keep_their_distance(asked in asked(), acts in acts()) {
        let mut world = World::new(asked);
        let mut last: Option<i64> = None;
        let mut has_pinged = false;
        for act in acts {
            has_pinged |= matches!(act, Act::Ping(_));
            if world.act(act).alert.is_some() {
                if let Some(last) = last {
                    prop_assert!(last < world.now);
                    let is_refreshed = asked.refresh && has_pinged;
                    prop_assert!(is_refreshed || asked.remind_every < world.now - last);
                }
                last = Some(world.now);
                has_pinged = false;
            }
        }
    }

    /// The same events in the same order have the same effects, and passes that do nothing change nothing.
    #[test]
    fn the_same_events_have_the_same_effects(asked in asked(), acts in acts()) {
        let (mut one, mut other) = (World::new(asked), World::new(asked));
        for act in acts {
            let effects = one.act(act);
            prop_assert_eq!(effects, other.act(act));
            let before = other.check;
            if other.pass() == Effects::default() {
                prop_assert_eq!(other.check, before);
            }
            other.check = before;
        }
        prop_assert_eq!(one.check, other.check);
    }

    /// Down and up take turns, and only a ping to a check that is down flips it up.
    #[test]
    fn flips_take_turns(asked in asked(), acts in acts()) {
        let mut world = World::new(asked);
        for act in acts {
            let was_down = world.is_down();
            let flip = world.act(act).flip.map(|flip| flip.to);
            let expected = match (was_down, world.is_down()) {
                (false, true) => Some(Direction::Down),
                (true, false) => Some(Direction::Up),
                (true, true) | (false, false) => None,
            };
            prop_assert_eq!(flip, expected);
            prop_assert_eq!(flip == Some(Direction::Up), was_down && matches!(act, Act::Ping(_)));
        }
    }

    /// A single gap, wherever it lies, raises no false alarm about a client that pings every period of at most M.
    #[test]
    fn a_single_gap_raises_no_false_alarm(
        asked in asked(),
        period in 1..=20_i64,
        from in 0..100_i64,
        length in 0..100_i64,
    ) {
        let period = 1 + period % asked.max_sleep;
        // With a K of 1 its owner wants to hear of a gap that took a ping.
        let mut world = World::new(Asked { tolerance: asked.tolerance.max(2), ..asked });
        let mut from = Some(from);
        while world.now < 400 {
            if world.now % period == 0 {
                world.ping();
            }
            prop_assert_eq!(world.pass().flip, None, "at {}", world.now);
            // The ping of its first instant was heard: one that was due by then and did not come was too late.
            match from.take_if(|from| *from == world.now) {
                Some(_) => world.gap(length),
                None => world.now += 1,
            }
        }
    }

    /// To learn of a gap never moves a deadline earlier.
    #[test]
    fn a_gap_never_moves_a_deadline_earlier(
        asked in asked(),
        gaps in prop::collection::vec((0..=9_i64, 0..=12_i64), 1..30),
    ) {
        let mut world = World::new(asked);
        for (after, length) in gaps {
            world.now += after;
            let before = world.deadline();
            world.gap(length);
            prop_assert!(before <= world.deadline());
        }
    }

    /// Monitoring that is switched on again begins anew: nothing is down, nothing was said, a whole period
    /// is granted.
    #[test]
    fn monitoring_begins_anew(asked in asked(), acts in acts(), off in 0..50_i64) {
        let mut world = World::new(asked);
        for act in acts {
            world.act(act);
        }
        let was_down = world.is_down();
        let ended = world.monitor(false);
        prop_assert_eq!(ended.ended.is_some(), was_down);
        world.now += off;
        world.monitor(true);
        prop_assert!(!world.is_down());
        prop_assert_eq!(world.check.last_alert, None);
        prop_assert_eq!(world.check.anchor, at(world.now));
        prop_assert_eq!(world.deadline(), at(world.now + asked.max_sleep));
    }

    /// An alert that only joined others uses up no number, but the first of a silence stays the first.
    #[test]
    fn an_alert_that_joined_uses_up_no_number(
        asked in asked(),
        joined in prop::collection::vec(any::<bool>(), 1..20),
    ) {
        let mut world = World::new(asked);
        let mut next = 1;
        for joined in joined {
            let effects = loop {
                world.now += 1;
                let effects = world.pass();
                if effects.alert.is_some() {
                    break effects;
                }
            };
            prop_assert_eq!(effects.alert.map(|alert| alert.incident.alerts), Some(next));
            prop_assert_eq!(effects.alert.map(|alert| alert.is_first), Some(next == 1));
            if joined {
                world.check.uncount_alert();
            }
            next += u32::from(!joined || next == 1);
        }
    }

    /// A check wakes exactly when a pass can do something: an instant before, a pass does nothing; then, it does.
    #[test]
    fn waking_is_exact(asked in asked(), acts in acts()) {
        let mut world = World::new(asked);
        for act in acts {
            world.act(act);
            let now = at(world.now);
            let wakes_at = world.check.wakes_at(world.listening(), now);
            prop_assert!(wakes_at.is_some());
            let wakes_at = wakes_at.unwrap_or(now);
            if now < wakes_at {
                let mut early = world.clone();
                prop_assert_eq!(early.apply(&Event::Deadline(wakes_at - INSTANT)), Effects::default());
            }
            let mut awake = world.clone();
            let effects = awake.apply(&Event::Deadline(wakes_at.max(now)));
            prop_assert!(effects.is_changed);
            let again = awake.check.wakes_at(awake.listening(), wakes_at.max(now));
            prop_assert!(again.is_some_and(|again| wakes_at < again), "a pass must not find the same again");
        }
    }

    /// What a reader sees agrees with the state and the deadline.
    #[test]
    fn standings_agree_with_states(asked in asked(), acts in acts(), is_monitored: bool) {
        let mut world = World::new(asked);
        for act in acts {
            world.act(act);
            let is_late = world.deadline() < at(world.now);
            let expected = match world.check.state {
                State::Down(_) => Standing::Down,
                State::New | State::Up if is_late => Standing::Late,
                State::New => Standing::New,
                State::Up => Standing::Up,
            };
            prop_assert_eq!(world.check.standing(world.listening(), at(world.now)), expected);
            prop_assert!(world.check.state != State::New || world.check.last_ping.is_none());
        }
        world.monitor(is_monitored);
        let standing = world.check.standing(world.listening(), at(world.now));
        prop_assert_eq!(standing == Standing::Unmonitored, !is_monitored);
    }

    /// Whatever a ping changes besides its own time says so, and so is saved before the ping is answered.
    #[test]
    fn a_ping_that_changes_more_than_its_time_says_so(
        asked in asked(),
        acts in acts(),
        shorter in 0..20_i64,
    ) {
        let mut world = World::new(asked);
        for act in acts {
            world.act(act);
            if world.now % 7 == 3 {
                world.revise(if world.now % 2 == 0 { asked.max_sleep } else { shorter });
            }
            let before = world.check;
            let mut pinged = world.clone();
            let effects = pinged.ping();
            let state = if before.state == State::New { State::Up } else { before.state };
            let only_time = Check { last_ping: pinged.check.last_ping, state, ..before };
            prop_assert_eq!(effects.is_changed, pinged.check != only_time);
        }
    }
}

/// An alert and the ping after it may share a stamp: the flag tells that the ping came later.
#[test]
fn a_ping_at_the_instant_of_an_alert_counts_as_after_it() {
    let asked = Asked { max_sleep: 3, remind_every: 100, refresh: true, tolerance: 2 };
    let mut world = World::new(asked);
    world.now = 4;
    assert!(world.pass().alert.is_some());
    world.ping();
    assert_eq!(world.check.last_alert, Some(LastAlert { at: at(4), pinged_since: true }));
    world.now = 8;
    assert!(world.pass().alert.is_some(), "the next silence is reported at once");
}
