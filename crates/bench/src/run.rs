//! A run: measures row after row, prints the report, and writes it and the plots where they are kept.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::fleet::Fleets;
use crate::machine;
use crate::places::root;
use crate::plan::Plan;
use crate::plot::Plot;
use crate::report::{self, Run};
use crate::rows::{Bench, FAMILIES, Measured};

/// Measures what the plan wants. A run of all rows is written to `bench/latest.md` and `docs/bench/`.
pub(crate) fn run(plan: Plan) -> Result<()> {
    let programs = std::env::current_exe()?;
    let target = programs.ancestors().nth(2).context("programs lie in the folder of the build")?;
    let folder = target.join("bench");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let began = Instant::now();
    let is_whole_table = plan.row.is_none();
    let mut run = Run {
        is_quick: plan.is_quick,
        machine: machine::machine(&folder),
        commit: machine::commit(),
        busy_cores: machine::busy_cores(),
        minutes: 0.0,
        rows: Vec::new(),
        failures: Vec::new(),
    };
    let bench = Bench { plan, fleets: Fleets::new(folder.clone()), folder };
    let mut plots = Vec::new();
    for family in FAMILIES.iter().filter(|family| bench.plan.wants(family.rows)) {
        eprintln!("{} …", family.rows.join(", "));
        let family_began = Instant::now();
        match (family.measure)(&bench) {
            Ok(Measured { rows, plots: drawn }) => {
                run.rows.extend(rows);
                plots.extend(drawn);
            }
            Err(error) => {
                eprintln!("  {error:#}");
                run.failures.push((family.rows.to_vec(), format!("{error:#}")));
            }
        }
        eprintln!("  {:.0} s", family_began.elapsed().as_secs_f64());
    }
    run.minutes = began.elapsed().as_secs_f64() / 60.0;
    let text = report::render(&run);
    print!("\n{text}");
    if is_whole_table {
        keep(&root(), &text, &plots)?;
    }
    Ok(())
}

fn keep(root: &Path, text: &str, plots: &[Plot]) -> Result<()> {
    fs::create_dir_all(root.join("bench"))?;
    fs::write(root.join("bench/latest.md"), text)?;
    let folder = root.join("docs/bench");
    fs::create_dir_all(&folder)?;
    for plot in plots {
        fs::write(folder.join(plot.file).with_extension("svg"), plot.draw())?;
    }
    Ok(())
}
