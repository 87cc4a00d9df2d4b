//! Reads how many tests ran out of what the test runners say.

use std::fmt;
use std::ops::AddAssign;

/// How many tests passed and how many did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Count {
    /// Adds up the summaries of cargo-nextest and of `cargo test` in `said`; other lines count nothing.
    pub(crate) fn read(said: &str) -> Self {
        let mut sum = Self::default();
        for line in said.lines() {
            if let Some(count) = summary_of_nextest(line).or_else(|| summary_of_cargo_test(line)) {
                sum += count;
            }
        }
        sum
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The line by which machines that watch a run know its outcome.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Reads `     Summary [   0.012s] 3 tests run: 2 passed, 1 failed, 0 skipped`.
fn summary_of_nextest(line: &str) -> Option<Count> {
    let (_, summary) = line.strip_prefix("     Summary [")?.split_once(']')?;
    let (run, outcomes) = summary.split_once(':')?;
    let run = run.trim_start().split([' ', '/']).next()?.parse::<u64>().ok()?;
    let passed = number_before(outcomes, " passed").unwrap_or(0);
    // A test that timed out or could not start has its own word: whatever did not pass failed.
    Some(Count { passed, failed: run.saturating_sub(passed) })
}

/// Reads `test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
///
/// An indented one is what cargo-nextest repeats of a failed test, which its own summary counts.
fn summary_of_cargo_test(line: &str) -> Option<Count> {
    let outcomes = line.strip_prefix("test result: ")?;
    Some(Count { passed: number_before(outcomes, " passed")?, failed: number_before(outcomes, " failed")? })
}

fn number_before(text: &str, word: &str) -> Option<u64> {
    let before = &text[..text.find(word)?];
    before.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summaries_of_both_runners_add_up() {
        let said = "\
            PASS [   0.005s] domain time::tests::a_passed_thing
     Summary [   0.012s] 4 tests run: 2 passed (1 slow), 1 failed, 1 timed out, 7 skipped
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
        assert_eq!(Count::read(said), Count { passed: 6, failed: 4 });
        assert_eq!(Count::read(said).to_string(), "6 passed, 4 failed");
    }

    #[test]
    fn a_run_that_was_cut_short_counts_what_ran() {
        let said = "     Summary [   0.012s] 2/9 tests run: 1 passed, 1 failed, 0 skipped";
        assert_eq!(Count::read(said), Count { passed: 1, failed: 1 });
    }

    #[test]
    fn a_failed_test_counts_once() {
        let said = "  stdout ───
    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 17 filtered out; finished in 0.11s
     Summary [  11.493s] 1 test run: 0 passed, 1 failed, 0 skipped
";
        assert_eq!(Count::read(said), Count { passed: 0, failed: 1 });
    }

    #[test]
    fn a_run_that_said_nothing_counts_nothing() {
        assert_eq!(Count::read("error: could not compile"), Count::default());
    }
}
