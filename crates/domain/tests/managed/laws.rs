//! The laws of managed checks: each is a sentence, and holds whatever happens in whatever order.
//!
//! Time moves in whole seconds and lengths are short, so that pings, gaps, passes and deadlines fall together often.

use std::sync::Arc;

use domain::flip::Reason;
use domain::gap::{Gap, Tolerance};
use domain::managed::{Due, Effects, Event, Plan, Told, Word};
use domain::ping::Signal;
use domain::time::{Span, Timestamp};
use domain::zone::Zone;
use proptest::prelude::*;
use uuid::Uuid;

use crate::oracle::{Period, Row};
use crate::trial::{Trial, calendar, rid};

/// Something that happens, so many seconds after what happened before.
#[derive(Clone, Debug)]
enum Act {
    /// A ping, of the run with this number, or of none.
    Ping(i64, Signal, Option<u8>),
    Pass(i64),
    /// A gap begins, and lasts for the second number.
    Gap(i64, i64),
    Pause(i64),
    Resume(i64),
    Edit(i64, Asked),
    /// The wall clock is set.
    Step(i64, i64),
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    period: Period,
    grace: i64,
    max_runtime: Option<i64>,
    manual_resume: bool,
}

impl Asked {
    fn plan(self) -> Plan {
        Plan {
            due: match self.period {
                Period::Timeout(seconds) => Due::Every(Span::from_seconds(seconds)),
                Period::Minutes(minutes) => calendar(&format!("*/{minutes} * * * *"), Zone::utc()),
            },
            grace: Span::from_seconds(self.grace),
            max_runtime: self.max_runtime.map(Span::from_seconds),
            has_manual_resume: self.manual_resume,
        }
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn seconds(at: Timestamp) -> i64 {
    at.as_micros() / 1_000_000
}

fn run_id(number: Option<u8>) -> Option<Uuid> {
    number.map(|number| rid(u128::from(number)))
}

fn periods() -> impl Strategy<Value = Period> {
    prop_oneof![(1..200_i64).prop_map(Period::Timeout), (1..5_i64).prop_map(Period::Minutes)]
}

fn asked() -> impl Strategy<Value = Asked> {
    (periods(), 0..150_i64, prop::option::weighted(0.3, 1..400_i64), any::<bool>()).prop_map(
        |(period, grace, max_runtime, manual_resume)| Asked { period, grace, max_runtime, manual_resume },
    )
}

fn signals() -> impl Strategy<Value = Signal> {
    prop_oneof![
        4 => Just(Signal::Success),
        4 => Just(Signal::Start),
        1 => Just(Signal::Fail),
        1 => Just(Signal::Log),
        1 => Just(Signal::Ignored),
    ]
}

fn pings() -> impl Strategy<Value = Act> {
    (0..90_i64, signals(), prop::option::of(0..3_u8))
        .prop_map(|(after, signal, run)| Act::Ping(after, signal, run))
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        8 => pings(),
        6 => (0..90_i64).prop_map(Act::Pass),
        3 => (0..60_i64, 0..90_i64).prop_map(|(after, length)| Act::Gap(after, length)),
        1 => (0..60_i64).prop_map(Act::Pause),
        1 => (0..60_i64).prop_map(Act::Resume),
        1 => ((0..60_i64), asked()).prop_map(|(after, asked)| Act::Edit(after, asked)),
        1 => (0..60_i64, -100..100_i64).prop_map(|(after, length)| Act::Step(after, length)),
    ];
    prop::collection::vec(act, 1..40)
}

fn tolerances() -> impl Strategy<Value = Tolerance> {
    prop_oneof![Just(1.0), Just(2.0), Just(3.0)].prop_map(Tolerance::new)
}

impl Trial {
    fn of(asked: Asked, tolerance: Tolerance) -> Self {
        Self { tolerance, ..Self::new(asked.plan()) }
    }

    fn pass_on(&mut self, seconds: i64) -> Timestamp {
        self.now = self.now + Span::from_seconds(seconds);
        self.now
    }

    /// Lets something happen; `None` if it does not befall the check itself.
    fn act(&mut self, act: &Act) -> Option<Effects> {
        let event = match act {
            Act::Ping(after, signal, run) => {
                Event::Ping { at: self.pass_on(*after), signal: *signal, rid: run_id(*run) }
            }
            Act::Pass(after) => Event::Deadline(self.pass_on(*after)),
            Act::Pause(after) => Event::Pause(self.pass_on(*after)),
            Act::Resume(after) => Event::Resume(self.pass_on(*after)),
            Act::Edit(after, asked) => Event::Edit(self.pass_on(*after), Arc::new(asked.plan())),
            Act::Gap(after, length) => {
                let from = self.pass_on(*after);
                let until = self.pass_on(*length);
                self.gaps.push(Gap { from, until });
                return None;
            }
            Act::Step(after, length) => {
                self.pass_on(*after);
                self.wall_offset_micros += length * 1_000_000;
                return None;
            }
        };
        Some(self.apply(&event))
    }

    fn word(&self) -> Word {
        self.check.state.word()
    }
}

proptest! {
    #[test]
    fn a_flip_comes_with_every_change_of_the_state_and_never_else(
        asked in asked(), tolerance in tolerances(), acts in acts(),
    ) {
        let mut trial = Trial::of(asked, tolerance);
        for act in acts {
            let before = trial.check.state;
            let incidents = trial.check.incidents;
            let Some(effects) = trial.act(&act) else { continue };
            prop_assert_eq!(effects.flip.is_some(), before.word() != trial.word());
            if let Some(flip) = effects.flip {
                prop_assert_eq!((flip.from, flip.to), (before.word(), trial.word()));
                prop_assert!(effects.is_changed);
            }
            let is_told = matches!(
                (before.word(), trial.word()),
                (Word::New | Word::Up | Word::Paused, Word::Down) | (Word::Down, Word::Up)
            );
            prop_assert_eq!(effects.told.is_some(), is_told);
            if let Some(Told::Down(incident)) = effects.told {
                prop_assert_eq!((incident.number, trial.check.incidents), (incidents + 1, incidents + 1));
            }
        }
    }

    #[test]
    fn the_count_grows_by_one_with_every_ping(asked in asked(), acts in acts()) {
        let mut trial = Trial::of(asked, Tolerance::DEFAULT);
        let mut sent = 0;
        for act in acts {
            sent += u64::from(matches!(act, Act::Ping(..)));
            trial.act(&act);
            prop_assert_eq!(trial.check.pings, sent);
        }
    }

    #[test]
    fn what_is_said_to_be_unchanged_is_unchanged(asked in asked(), acts in acts()) {
        let mut trial = Trial::of(asked, Tolerance::DEFAULT);
        for act in acts {
            let before = trial.check.clone();
            let Some(effects) = trial.act(&act) else { continue };
            if !effects.is_changed {
                let counted = (trial.check.pings, trial.check.last_ping);
                trial.check.pings = before.pings;
                trial.check.last_ping = before.last_ping;
                prop_assert_eq!(&trial.check, &before);
                (trial.check.pings, trial.check.last_ping) = counted;
            }
        }
    }

    #[test]
    fn nobody_goes_down_in_silence_before_the_deadline_nor_unseen_after_it(
        asked in asked(), tolerance in tolerances(), acts in acts(),
    ) {
        let mut trial = Trial::of(asked, tolerance);
        for act in acts {
            let Act::Pass(after) = act else {
                let effects = trial.act(&act);
                let reason = effects.and_then(|effects| effects.flip).map(|flip| flip.reason);
                prop_assert!(!matches!(reason, Some(Reason::Silence | Reason::Overrun)));
                continue;
            };
            trial.pass_on(after);
            let deadline = trial.check.deadline(trial.world(), trial.now).map(|deadline| deadline.at);
            let wakes_at = trial.check.wakes_at(trial.world(), trial.now);
            let effects = trial.act(&Act::Pass(0)).expect("a pass has effects");
            if let Some(flip) = effects.flip {
                prop_assert!(flip.at <= trial.now);
                // A run that is let go first may uncover a deadline of the schedule that it had put off.
                prop_assert!(Some(flip.at) == deadline || asked_for_runs(&trial));
                prop_assert!(wakes_at.is_some_and(|at| at <= trial.now));
            }
            if wakes_at.is_none_or(|at| trial.now < at) {
                prop_assert!(!effects.is_changed);
            }
            let next = trial.check.wakes_at(trial.world(), trial.now);
            prop_assert!(next.is_none_or(|at| trial.now < at), "there is nothing left to do at {:?}", trial.now);
        }
    }

    #[test]
    fn a_gap_never_makes_a_deadline_earlier(
        asked in asked(), tolerance in tolerances(), acts in acts(), ago in 0..300_i64, length in 0..300_i64,
    ) {
        let mut trial = Trial::of(asked, tolerance);
        for act in acts {
            trial.act(&act);
        }
        let mut interrupted = trial.clone();
        let from = interrupted.gaps.closed().last().map_or(at(0), |gap| gap.until);
        let from = from.max(trial.now - Span::from_seconds(ago));
        let until = from + Span::from_seconds(length);
        interrupted.gaps.push(Gap { from, until });
        let now = trial.now.max(until);
        let deadline = |trial: &Trial| trial.check.deadline(trial.world(), now).map(|deadline| deadline.at);
        let (before, after) = (deadline(&trial), deadline(&interrupted));
        prop_assert!(after.is_none() || before.is_some());
        prop_assert!(after.is_none_or(|after| before.is_some_and(|before| before <= after)));
    }

    #[test]
    fn a_run_past_its_limit_is_found_whatever_later_runs_do(
        asked in asked(), others in prop::collection::vec((1..20_i64, signals(), 1..4_u8), 0..40),
    ) {
        let mut trial = Trial::of(asked, Tolerance::DEFAULT);
        trial.act(&Act::Ping(1, Signal::Start, Some(0)));
        let limit = trial.now + trial.check.plan.run_limit();
        for (after, signal, run) in others {
            trial.act(&Act::Pass(0));
            if limit <= trial.now + Span::from_seconds(after) {
                break;
            }
            trial.act(&Act::Ping(after, signal, Some(run)));
        }
        let left = seconds(limit) - seconds(trial.now);
        trial.act(&Act::Pass(left));
        prop_assert_eq!(trial.word(), Word::Down);
    }

    #[test]
    fn the_standing_agrees_with_the_contract_word_by_word(asked in asked(), acts in acts()) {
        let asked = Asked { max_runtime: None, ..asked };
        let mut trial = Trial::of(asked, Tolerance::DEFAULT);
        let mut row = Row::new(asked.period, asked.grace, asked.manual_resume);
        for act in acts {
            if matches!(act, Act::Gap(..) | Act::Edit(..) | Act::Step(..)) {
                continue;
            }
            let effects = trial.act(&act);
            let now = seconds(trial.now);
            match act {
                Act::Ping(_, signal, run) => row.ping(now, signal, run),
                Act::Pause(_) => row.pause(),
                Act::Resume(_) => row.resume(),
                Act::Pass(_) => {
                    let flipped = effects.and_then(|effects| effects.flip).map(|flip| seconds(flip.at));
                    prop_assert_eq!(flipped, row.turn(now));
                }
                Act::Gap(..) | Act::Edit(..) | Act::Step(..) => {}
            }
            if !trial.check.runs.is_empty() {
                // Runs side by side are watched, which the contract does not do.
                break;
            }
            agrees(&trial, &row)?;
        }
    }

    #[test]
    fn the_same_events_have_the_same_effects(asked in asked(), tolerance in tolerances(), acts in acts()) {
        let (mut one, mut other) = (Trial::of(asked, tolerance), Trial::of(asked, tolerance));
        for act in acts {
            prop_assert_eq!(one.act(&act), other.act(&act));
            prop_assert_eq!(&one.check, &other.check);
        }
    }

    #[test]
    fn a_silent_check_is_reported_however_often_we_restart(
        asked in asked(), gaps in prop::collection::vec((11..100_i64, 0..50_i64), 1..80),
    ) {
        let asked = Asked { max_runtime: None, ..asked };
        let mut trial = Trial::of(asked, Tolerance::DEFAULT);
        trial.act(&Act::Ping(0, Signal::Success, None));
        let patience = match asked.period {
            Period::Timeout(seconds) => seconds + asked.grace,
            // Two slots, each up to an hour's end away, and their graces.
            Period::Minutes(minutes) => 60 * minutes + asked.grace,
        };
        let mut listened = 0;
        for (after, length) in gaps {
            trial.act(&Act::Pass(after));
            listened += after;
            if 2 * patience + 60 < listened {
                prop_assert_eq!(trial.word(), Word::Down, "after {} s", listened);
                break;
            }
            trial.act(&Act::Gap(0, length));
        }
    }
}

/// Tells whether the check may have had a deadline that a run put off.
fn asked_for_runs(trial: &Trial) -> bool {
    trial.check.plan.max_runtime.is_some()
}

fn agrees(trial: &Trial, row: &Row) -> Result<(), TestCaseError> {
    let (check, world, now) = (&trial.check, trial.world(), trial.now);
    prop_assert_eq!(trial.word(), row.status);
    prop_assert_eq!(check.pings, row.n_pings);
    prop_assert_eq!(check.last_ping.map(seconds), row.last_ping);
    prop_assert_eq!(check.last_start.map(|run| seconds(run.at)), row.last_start);
    prop_assert_eq!(check.last_duration, row.last_duration.map(Span::from_seconds));
    prop_assert_eq!(check.next_ping(world, now).map(seconds), row.grace_start());
    prop_assert_eq!(check.deadline(world, now).map(|deadline| seconds(deadline.at)), row.deadline());
    for second in [0, 1, 30, 60, 100, 200] {
        let later = now + Span::from_seconds(second);
        for is_v1 in [false, true] {
            prop_assert_eq!(check.shown(world, later, is_v1), row.shown(seconds(later), is_v1));
        }
    }
    Ok(())
}
