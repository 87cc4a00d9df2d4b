//! Counts how often the server really asks the disk to keep what it was told, by the eyes of `strace`.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;

use crate::process::Server;
use crate::requests::Requests;
use crate::round::{self, Round};

/// How many requests were answered under observation, and how many syncs the kernel saw meanwhile.
pub(crate) struct Syncs {
    requests: usize,
    syncs: u64,
}

impl Syncs {
    /// Tells it in a sentence.
    pub(crate) fn told(counted: Option<&Self>) -> String {
        match counted {
            Some(Self { requests, syncs }) => format!(
                "Durable means `synchronous=FULL`, and 200 only after the commit; watched by `strace`, which slows it \
                 down, the server made {syncs} syncs for {requests} pings."
            ),
            None => "Durable means `synchronous=FULL`, and 200 only after the commit; the syncs were not counted, \
                     because `strace` is missing or may not watch."
                .to_owned(),
        }
    }
}

/// Watches `server` under load; `None` where `strace` is missing or may not watch.
///
/// Being watched slows the server down, so that nothing but this ratio is taken from the round.
pub(crate) fn count(server: &Server, round: Round, requests: &mut Requests) -> Result<Option<Syncs>> {
    let seconds = (round.warm_up + round.measured).as_secs_f64();
    let strace = Command::new("timeout")
        .args(["--signal=INT", &seconds.to_string()])
        .args(["strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-p", &server.id().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(strace) = strace else { return Ok(None) };
    // The two windows are the same but for the time that it takes to attach.
    let watched = Round { warm_up: Duration::ZERO, measured: round.warm_up + round.measured, ..round };
    let outcome = round::run(server, watched, requests)?;
    let report = strace.wait_with_output()?;
    let calls = calls(&String::from_utf8_lossy(&report.stderr));
    Ok(calls.map(|syncs| Syncs { requests: outcome.answered, syncs }))
}

/// Sums up the fourth column of the table that `strace -c` prints; `None` if it could not watch.
fn calls(report: &str) -> Option<u64> {
    if !report.contains(" attached") {
        return None;
    }
    let rows = report.lines().filter(|line| line.ends_with(" fsync") || line.ends_with(" fdatasync"));
    Some(rows.filter_map(|row| row.split_whitespace().nth(3)?.parse::<u64>().ok()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_of_a_table_are_summed_up() {
        let report = "\
strace: Process 42 attached with 3 threads
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 99.00    0.100000         100      1000           fdatasync
  1.00    0.001000         100        10         1 fsync
------ ----------- ----------- --------- --------- ----------------
100.00    0.101000         100      1010         1 total
";
        assert_eq!(calls(report), Some(1_010));
        assert_eq!(calls("strace: attach: ptrace(PTRACE_SEIZE, 1): Operation not permitted"), None);
    }
}
