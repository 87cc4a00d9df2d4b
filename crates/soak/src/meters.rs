//! What can be read of the server from outside: its process, its files, its meters.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rig::server::Server;

/// One look at the server.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    pub at: Duration,
    pub resident_kib: u64,
    pub threads: u64,
    pub descriptors: u64,
    pub wal_bytes: u64,
    pub database_bytes: u64,
    pub cpu_ticks: u64,
    pub lag_seconds: f64,
    /// Pings that this process says it has accepted.
    pub accepted: u64,
    /// How long this process says it could not run.
    pub stalled: Duration,
    pub queued: u64,
    pub given_up: u64,
}

impl Look {
    /// Looks; `None` while the server is not there to be looked at.
    pub fn take(server: &Server, database: &Path, at: Duration) -> Option<Self> {
        let process = format!("/proc/{}", server.pid());
        let status = fs::read_to_string(format!("{process}/status")).ok()?;
        let stat = fs::read_to_string(format!("{process}/stat")).ok()?;
        let answer = rig::caller::ask(server.address(), "GET", "/metrics", "", "").ok()?;
        let meters = Meters(&answer.body);
        let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
        Some(Self {
            at,
            resident_kib: field(&status, "VmRSS:")?,
            threads: field(&status, "Threads:")?,
            descriptors: u64::try_from(fs::read_dir(format!("{process}/fd")).ok()?.count()).ok()?,
            wal_bytes: size(&database.with_extension("db-wal")),
            database_bytes: size(database),
            cpu_ticks: cpu_ticks(&stat)?,
            lag_seconds: meters.value("ping_listener_evaluation_lag_seconds")?,
            accepted: meters.count("ping_listener_pings_total{outcome=\"accepted\"}"),
            stalled: Duration::from_secs_f64(
                meters.value("ping_listener_gap_seconds_total{cause=\"stall\"}").unwrap_or(0.0),
            ),
            queued: meters.count("ping_listener_outbox_rows{state=\"queued\"}"),
            given_up: meters.count("ping_listener_outbox_rows{state=\"given_up\"}"),
        })
    }
}

struct Meters<'a>(&'a str);

impl Meters<'_> {
    fn value(&self, name: &str) -> Option<f64> {
        let line = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.trim().parse().ok()
    }

    fn count(&self, name: &str) -> u64 {
        let line = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
    }
}

fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Reads user and system time, whose place is behind a name that may hold blanks.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut words = after_name.split_whitespace().skip(11);
    Some(words.next()?.parse::<u64>().ok()? + words.next()?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meters_are_read_by_their_whole_name() {
        let meters = Meters("a_total{x=\"1\"} 7\na_total_seconds 0.25\n");
        assert_eq!(meters.count("a_total{x=\"1\"}"), 7);
        assert_eq!(meters.value("a_total_seconds"), Some(0.25));
        assert_eq!(meters.count("a_total"), 0);
    }
}
