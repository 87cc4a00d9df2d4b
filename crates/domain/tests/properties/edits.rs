//! The laws of a schedule that is edited under a silent check.

use domain::time::Span;
use proptest::prelude::*;

use super::{World, acts, asked, at};

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// A shortened schedule puts the deadline of a waiting check no later than it was, and makes it late not at once.
    #[test]
    fn a_shortened_schedule_is_fair(asked in asked(), acts in acts(), shorter in 0..20_i64) {
        let mut world = World::new(asked);
        for act in acts {
            world.act(act);
        }
        let old = world.deadline();
        if world.is_down() || old < at(world.now) {
            return Ok(());
        }
        let effects = world.revise(shorter % asked.max_sleep);
        prop_assert!(world.deadline() <= old);
        prop_assert!(at(world.now) <= world.deadline());
        prop_assert_eq!(effects.is_granted_time, world.check.revised.is_some());
        prop_assert_eq!(world.pass().flip, None);
    }

    /// A config that is rewritten again and again hides no silence that is longer than its longest schedule.
    #[test]
    fn repeated_edits_hide_no_silence(
        asked in asked(),
        edits in prop::collection::vec((0..=3_i64, 1..=20_i64), 1..40),
    ) {
        let mut world = World::new(asked);
        world.ping();
        for (after, max_sleep) in edits {
            for _ in 0..after {
                world.now += 1;
                world.pass();
                prop_assert!(world.now <= 20 || world.is_down(), "silent for {}", world.now);
            }
            world.revise(max_sleep);
        }
    }

    /// However often a config is rewritten and the listener is away, K of its longest schedules in which somebody
    /// listened, and the calm after a gap, are a silence that is reported.
    #[test]
    fn repeated_edits_and_gaps_hide_no_silence(
        asked in asked(),
        rounds in prop::collection::vec((0..=3_i64, 1..=20_i64, 0..=30_i64), 1..60),
    ) {
        let mut world = World::new(asked);
        world.ping();
        for (after, max_sleep, length) in rounds {
            for _ in 0..after {
                world.now += 1;
                world.pass();
                let listened = world.gaps.listened(at(0), at(world.now));
                let is_within = listened <= Span::from_seconds(asked.tolerance * 20 + 10);
                prop_assert!(is_within || world.is_down(), "silent for {listened:?} of listening");
            }
            world.revise(max_sleep);
            world.gap(length);
        }
    }
}
