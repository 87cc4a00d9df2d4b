//! P7: how soon a server that was killed answers again, with a million checks and ten million pings to read.

use anyhow::{Context, Result};

use super::{Bench, MILLION, Measured};
use crate::in_process;
use crate::row::{Row, Target};
use crate::spread::Spread;

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    let pings = bench.plan.pick(1_000_000, 10_000_000);
    let killed = bench.fleets.place(MILLION, "restart")?;
    eprintln!("  writing {pings} pings into the log …");
    in_process::fill_and_kill(&killed.data(), &killed.config(), MILLION, pings)?;
    let mut seconds = Vec::new();
    // Each from the same folder as the killed process left it.
    for _ in 0..bench.plan.pick(2, 5) {
        let place = killed.copy(bench.folder.join("restart-again"))?;
        let server = place.start_until("/ping?username=check-0000000000").context("after kill -9")?;
        seconds.push(server.started_within.as_secs_f64());
    }
    let of =
        format!("{pings} pings in the log, none of them sorted into the history; files in the page cache");
    let row = Row::new("P7").figure("seconds to the first 200", Spread::of(seconds), Target::AtMost(3.0), of);
    Ok(Measured::rows([row]))
}
