//! The comparison: starts both servers, loads them in turns, and reports medians, spreads and ratios.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::load::{self, Outcome, Round};
use crate::process::Server;
use crate::report::{self, Measured};
use crate::syncs;

/// As many pings in flight as one writer has to gather into its batches.
const CONNECTIONS: u32 = 256;

/// Far longer than any run: no check of the bench ever falls silent, so no mail goes out.
const MAX_SLEEP_SECONDS: u32 = 864_000;

/// Fewer rounds say nothing about the spread.
const ROUNDS_MIN: usize = 5;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) checks: u64,
    /// Rounds for each of the two servers.
    pub(crate) rounds: usize,
    /// Length of one round.
    pub(crate) seconds: f64,
    /// Measures the no-op server against itself, which shows how far the ratios of this machine can be trusted.
    pub(crate) calibrates: bool,
}

impl Plan {
    /// Reads the words of the command line.
    pub(crate) fn parse(words: &[&str]) -> Result<Self> {
        let mut plan = Self { checks: 100_000, rounds: 7, seconds: 6.0, calibrates: false };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if *word == "--quick" {
                (plan.rounds, plan.seconds) = (ROUNDS_MIN, 2.0);
                continue;
            }
            if *word == "--calibrate" {
                plan.calibrates = true;
                continue;
            }
            let value = words.next().with_context(|| format!("`{word}` needs a value"))?;
            match *word {
                "--checks" => plan.checks = value.parse()?,
                "--rounds" => plan.rounds = value.parse()?,
                "--seconds" => plan.seconds = value.parse()?,
                _ => {
                    bail!("`{word}` is no option: --quick, --calibrate, --checks N, --rounds N, --seconds N")
                }
            }
        }
        ensure!(ROUNDS_MIN <= plan.rounds, "fewer than {ROUNDS_MIN} rounds say nothing about the spread");
        ensure!(0 < plan.checks && 0.5 <= plan.seconds, "nothing to measure");
        Ok(plan)
    }

    fn round(&self, connections: u32) -> Round {
        let measured = Duration::from_secs_f64(self.seconds);
        Round { connections, checks: self.checks, warm_up: measured / 4, measured }
    }
}

/// Measures, prints the report and writes it to `latest.md` in the folder of the bench.
pub(crate) fn run(plan: &Plan) -> Result<()> {
    let programs = std::env::current_exe()?.parent().context("a program lies in a folder")?.to_path_buf();
    let folder = programs.parent().context("programs lie in the folder of the build")?.join("bench");
    let data = folder.join("data");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    fs::create_dir_all(&data)?;
    eprintln!("starting both servers, ours with {} checks …", plan.checks);
    let no_op = Server::start(&mut no_op_server()?, &folder.join("no-op.log"))?;
    let mut ours = if plan.calibrates {
        no_op_server()?
    } else {
        our_server(&programs, &write_config(&folder, plan.checks)?, &data)
    };
    let ours = Server::start(&mut ours, &folder.join("server.log"))?;
    let measured = measure(plan, &no_op, &ours)?;
    let text = report::render(plan, &measured);
    print!("{text}");
    fs::write(folder.join("latest.md"), text)?;
    drop(ours);
    fs::remove_dir_all(&data)?;
    Ok(())
}

fn measure(plan: &Plan, no_op: &Server, ours: &Server) -> Result<Measured> {
    let (mut loaded, mut alone) = (Pairs::default(), Pairs::default());
    for number in 1..=plan.rounds {
        loaded.add(no_op, ours, plan.round(CONNECTIONS))?;
        let (no_op, ours) = (loaded.no_op.last(), loaded.ours.last());
        let rate = |outcome: Option<&Outcome>| outcome.map_or(0.0, |outcome| outcome.requests_per_second);
        eprintln!("round {number}: no-op {:.0}/s, ours {:.0}/s", rate(no_op), rate(ours));
    }
    for _ in 0..plan.rounds {
        // A lone connection needs no long round: a second holds thousands of its pings.
        let round = Round { measured: Duration::from_secs(1), ..plan.round(1) };
        alone.add(no_op, ours, round)?;
    }
    let syncs = syncs::count(ours, plan.round(CONNECTIONS))?;
    Ok(Measured { loaded, alone, syncs })
}

/// The outcomes of rounds that were measured in turns.
#[derive(Default)]
pub(crate) struct Pairs {
    pub(crate) no_op: Vec<Outcome>,
    pub(crate) ours: Vec<Outcome>,
}

impl Pairs {
    fn add(&mut self, no_op: &Server, ours: &Server, round: Round) -> Result<()> {
        self.no_op.push(load::run(no_op, round).context("the no-op server")?);
        self.ours.push(load::run(ours, round).context("our server")?);
        Ok(())
    }
}

fn no_op_server() -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("no-op");
    Ok(command)
}

fn our_server(programs: &Path, config: &Path, data: &Path) -> Command {
    let mut command = Command::new(programs.join("ping-listener"));
    // Whatever the person who measures has set for a server of their own must not reach this one.
    let foreign = |name: &str| {
        ["SMTP_", "PING_LISTENER_", "TESTING_PASSWORD"].iter().any(|prefix| name.starts_with(prefix))
    };
    for (name, _) in std::env::vars().filter(|(name, _)| foreign(name)) {
        command.env_remove(name);
    }
    command.arg("serve").arg("--config").arg(config).arg("--data").arg(data).arg("--listen");
    command
}

fn write_config(folder: &Path, checks: u64) -> Result<PathBuf> {
    let mut users = String::new();
    for number in 0..checks {
        let comma = if number == 0 { "" } else { "," };
        let name = load::name(number);
        let (sleep, often) = (MAX_SLEEP_SECONDS, MAX_SLEEP_SECONDS);
        write!(
            users,
            "{comma}\n\"{name}\":{{\"monitor\":true,\"max_sleep\":{sleep},\"email_frequency\":{often}}}"
        )?;
    }
    let path = folder.join("config.json");
    let head = "\"mail\":\"inbox\",\"recipient\":\"you@example.org\"";
    fs::write(&path, format!("{{{head},\"users\":{{{users}\n}}}}\n"))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_change_the_plan() {
        let plan = Plan::parse(&["--quick", "--checks", "1000"]).unwrap();
        assert_eq!(plan, Plan { checks: 1_000, rounds: 5, seconds: 2.0, calibrates: false });
        assert!(Plan::parse(&["--checks"]).is_err());
        assert!(Plan::parse(&["--fast", "1"]).is_err());
        assert!(Plan::parse(&["--rounds", "2"]).is_err());
    }
}
