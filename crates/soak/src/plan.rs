//! What is to be done for how long, and how hard.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// The last so many checks die on schedule; the others never fall silent.
pub const MORTALS: usize = 300;

/// The living ping about every 5 s: a load generator that is kept waiting must not look like a death.
const LIVING_SLEEP: u64 = 30;

/// A trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub length: Duration,
    pub checks: usize,
    pub pings_per_second: u32,
    /// Where to write a row for each look.
    pub csv: Option<PathBuf>,
    /// How much time passes faster than in the trial of an hour.
    pub haste: u32,
}

impl Plan {
    /// Reads the words of the command line.
    pub fn parse(words: &[&str]) -> Result<Self> {
        let (mut minutes, mut checks, mut pings_per_second, mut csv) = (60, 10_000, 2_000, None);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value = words.next().with_context(|| format!("`{word}` needs a value"))?;
            match *word {
                "--minutes" => minutes = value.parse()?,
                "--checks" => checks = value.parse()?,
                "--pings" => pings_per_second = value.parse()?,
                "--csv" => csv = Some(PathBuf::from(value)),
                _ => bail!("`{word}` is no option: --minutes N, --checks N, --pings A_SECOND, --csv FILE"),
            }
        }
        ensure!(0 < minutes && MORTALS < checks && 0 < pings_per_second, "nothing to try");
        let haste = if minutes < 10 { 4 } else { 1 };
        Ok(Self { length: Duration::from_mins(minutes), checks, pings_per_second, csv, haste })
    }

    pub fn living(&self) -> usize {
        self.checks - MORTALS
    }

    /// How long until the next restart: every ten minutes, in short trials thrice in all.
    pub fn restart_distance(&self) -> Duration {
        Duration::from_mins(10).min(self.length / 3)
    }

    /// How long until the wall clock is set: every twenty minutes, in short trials twice in all.
    pub fn step_distance(&self) -> Duration {
        Duration::from_mins(20).min(self.length * 5 / 12)
    }

    /// How long until the mail server goes away for a while.
    pub fn away_distance(&self) -> Duration {
        Duration::from_mins(5).min(self.length / 2)
    }

    /// How long it stays away.
    pub fn away_length(&self) -> Duration {
        Duration::from_secs(40) / self.haste
    }

    /// How long a check may be silent.
    pub fn max_sleep(&self, check: usize) -> Duration {
        match check.checked_sub(self.living()) {
            None => Duration::from_secs(LIVING_SLEEP),
            Some(mortal) => Duration::from_secs([5, 8, 12][mortal % 3]),
        }
    }

    /// Least distance of two mails about a check.
    pub fn mail_distance(&self) -> Duration {
        Duration::from_secs(80) / self.haste
    }

    /// Between what lengths a mortal check lives before it dies.
    pub fn life(&self) -> (Duration, Duration) {
        (Duration::from_secs(8), Duration::from_mins(5) / (self.haste * 2))
    }

    /// Between what lengths it is dead: long enough to be reported in any case.
    pub fn death(&self) -> (Duration, Duration) {
        (Duration::from_mins(1), Duration::from_mins(4) / self.haste + Duration::from_secs(20))
    }

    /// How long mails that are owed at the end are waited for.
    pub fn patience(&self) -> Duration {
        Duration::from_mins(12) / (self.haste * self.haste * 2)
    }

    /// Whether it is long enough to tell growth from warming up.
    pub fn is_long(&self) -> bool {
        self.haste == 1
    }

    /// Which checks' whole logs are compared at the end: all, in short trials every tenth.
    pub fn compared(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.checks).step_by(if self.is_long() { 1 } else { 10 })
    }

    /// Writes the config of the server under trial.
    pub fn config(&self) -> String {
        let mut users = String::new();
        for check in 0..self.checks {
            let comma = if check == 0 { "" } else { "," };
            let (sleep, often) = (self.max_sleep(check).as_secs(), self.mail_distance().as_secs());
            let (name, recipient) = (name(check), self.recipient(check));
            write!(
                users,
                "{comma}\n\"{name}\":{{\"monitor\":true,\"max_sleep\":{sleep},\"email_frequency\":{often},\
                 \"device_email\":\"{recipient}\"}}"
            )
            .unwrap();
        }
        format!("{{\"users\":{{{users}\n}}}}\n")
    }

    /// Who is told about a check: all the living have one reader, who must never hear of them.
    pub fn recipient(&self, check: usize) -> String {
        if check < self.living() { LIVING_READER.to_owned() } else { format!("{}@example.org", name(check)) }
    }

    /// Which check a recipient is told about, or `None` if of the living.
    pub fn check_of(&self, recipient: &str) -> Option<usize> {
        let number = recipient.strip_prefix("check-")?.strip_suffix("@example.org")?;
        number.parse().ok().filter(|check| self.living() <= *check && *check < self.checks)
    }
}

/// Who is told about the checks that never fall silent.
pub const LIVING_READER: &str = "living@example.org";

/// Names a check in 11 bytes.
pub fn name(check: usize) -> String {
    format!("check-{check:05}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_trials_have_every_kind_of_weather_too() {
        let plan = Plan::parse(&["--minutes", "1"]).unwrap();
        assert_eq!(plan.restart_distance(), Duration::from_secs(20));
        assert_eq!(plan.step_distance(), Duration::from_secs(25));
        let hour = Plan::parse(&["--minutes", "60"]).unwrap();
        assert_eq!(
            (hour.restart_distance(), hour.step_distance()),
            (Duration::from_mins(10), Duration::from_mins(20))
        );
        assert!(Plan::parse(&["--hours", "1"]).is_err());
    }

    #[test]
    fn a_recipient_names_its_check() {
        let plan = Plan::parse(&[]).unwrap();
        assert_eq!(plan.check_of(&plan.recipient(9_999)), Some(9_999));
        assert_eq!(plan.check_of(&plan.recipient(3)), None);
    }
}
