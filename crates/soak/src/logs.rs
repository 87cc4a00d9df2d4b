//! Whether `/logs` holds every ping that was acknowledged, and no more than were sent.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use rig::server::Server;

use crate::plan::name;

const DAY: Duration = Duration::from_hours(24);

/// The days that the stepped wall clock has shown or will show, as `/logs` wants them named.
pub struct Days(Vec<String>);

impl Days {
    /// Around `now` and for so long after it, with a clock that may be wrong by so much.
    pub fn around(now: Timestamp, length: Duration, step_max: Duration) -> Self {
        let (first, last) = (now - step_max, now + length + step_max);
        let mut days: Vec<String> = std::iter::successors(Some(first), |at| Some(*at + DAY))
            .take_while(|at| *at < last)
            .chain([last])
            .map(|at| at.strftime("year=%Y&month=%m&day=%d").to_string())
            .collect();
        days.dedup();
        Self(days)
    }

    /// Counts all pings of a check in `/logs`.
    pub fn count(&self, server: &Server, check: usize) -> Result<u32> {
        let mut count = 0;
        for day in &self.0 {
            let path = format!("/logs?username={}&{day}", name(check));
            let answer =
                rig::caller::ask(server.address(), "GET", &path, "", "").context("no answer to /logs")?;
            ensure!(answer.status == 200, "/logs answered {}: {}", answer.status, answer.body);
            let pings: Vec<serde_json::Value> = serde_json::from_str(&answer.body)?;
            count += u32::try_from(pings.len())?;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_over_midnight_has_two_days() {
        let days =
            |at: &str| Days::around(at.parse().unwrap(), Duration::from_mins(30), Duration::from_hours(1)).0;
        assert_eq!(days("2026-11-21T12:00:00Z"), ["year=2026&month=11&day=21"]);
        assert_eq!(days("2026-11-30T23:00:00Z"), ["year=2026&month=11&day=30", "year=2026&month=12&day=01"]);
        assert_eq!(days("2026-12-01T00:30:00Z"), ["year=2026&month=11&day=30", "year=2026&month=12&day=01"]);
    }
}
