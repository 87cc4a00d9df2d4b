//! P10: how long after its deadline a check's mail is begun, one deadline after the other.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use ping_listener::channels::email::Security;
use rig::smtp::{MailServer, Received};

use super::{Bench, Measured};
use crate::ledger::Ledger;
use crate::places::{Config, NEVER_SECONDS, Place, User};
use crate::row::{Row, Target};
use crate::spread::{Spread, percentile, shown};

const CHECKS: u64 = 10_000;

const DEADLINES_A_SECOND: f64 = 10.0;

/// The first deadline after the declaration: the server has started by then.
const FIRST_SECONDS: f64 = 5.0;

/// How long after the last deadline the last mail may come.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    let late: u32 = bench.plan.pick(150, 1_500);
    let mail = MailServer::start(Security::Tls);
    let user = move |number: u64| User {
        max_sleep: match u32::try_from(number) {
            Ok(number) if number < late => FIRST_SECONDS + f64::from(number) / DEADLINES_A_SECOND,
            Ok(_) | Err(_) => NEVER_SECONDS,
        },
        recipient: None,
    };
    let config = Config::of(CHECKS, user)
        .with_key("\"base_frequency\":0")
        .with_key("\"email_processing_frequency\":0");
    let place = Place::new(bench.folder.join("mails"), &config)?.with_mail(&mail);
    let server = place.start()?;
    let deadlines = Ledger::open(&place.database())?.deadlines(late.into())?;
    let lasts = Duration::from_secs_f64(f64::from(late) / DEADLINES_A_SECOND + FIRST_SECONDS);
    let mails = mail.wait_for_mails(usize::try_from(late)?, lasts + PATIENCE);
    drop(server);
    let mut latencies = Vec::new();
    for received in &mails {
        let deadline = deadlines.get(subject_check(received)?).context("a mail is about a late check")?;
        ensure!(*deadline <= received.began, "a mail came before its deadline");
        latencies.push(received.began - *deadline);
    }
    latencies.sort_unstable();
    let of = format!(
        "{} mails over TLS; p50 {} ms, p99 {} ms",
        latencies.len(),
        shown(percentile(&latencies, 50.0) / 1e3),
        shown(percentile(&latencies, 99.0) / 1e3)
    );
    let highest = Spread::of([percentile(&latencies, 99.9) / 1e3]);
    Ok(Measured::rows([Row::new("P10").figure("p99.9, ms", highest, Target::AtMost(100.0), of)]))
}

/// Returns the name of the check that a mail is about.
fn subject_check(mail: &Received) -> Result<&str> {
    let text = std::str::from_utf8(&mail.raw)?;
    let line =
        text.lines().find_map(|line| line.strip_prefix("Subject: ")).context("a mail has a subject")?;
    line.split(' ').next().context("its first word is the name of the check")
}
