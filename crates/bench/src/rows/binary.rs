//! P16: how large the program is, and how long it takes to build it from nothing.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};

use super::{Bench, Measured};
use crate::places::{program, root};
use crate::row::{Row, Target};
use crate::spread::Spread;

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    #[expect(clippy::cast_precision_loss, reason = "a program is not that large")]
    let megabytes = fs::metadata(program()?)?.len() as f64 / 1e6;
    let row = Row::new("P16").figure("MB", Spread::of([megabytes]), Target::AtMost(20.0), "");
    if bench.plan.is_quick {
        return Ok(Measured::rows([
            row.note("The clean build was not timed: it takes longer than a quick run may.")
        ]));
    }
    let cores = std::thread::available_parallelism()?;
    let of = format!("on {cores} cores, all that is fetched fetched before");
    let row = row.figure("minutes", Spread::of([build_minutes(bench)?]), Target::AtMost(8.0), of);
    Ok(Measured::rows([row]))
}

fn build_minutes(bench: &Bench) -> Result<f64> {
    let target = bench.folder.join("clean-build");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--release", "--locked", "--quiet", "-p", "ping-listener", "--target-dir"])
        .arg(&target);
    let began = Instant::now();
    let status = cargo.current_dir(root()).stdin(Stdio::null()).status()?;
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    ensure!(status.success(), "the build ended with {status}");
    fs::remove_dir_all(target)?;
    Ok(minutes)
}
