//! Installs the programs of other people that the tests let drive the server: clients of Healthchecks, and one that
//! makes requests up from the description of the interface; and what judges the pages.

use std::fs;
use std::path::Path;

use crate::command;

/// Programs from `PyPI`, at the versions that were looked at.
const PYTHON: [&str; 3] = ["healthchecks-io==0.4.4", "borgmatic==2.1.10", "schemathesis==4.32.5"];

/// Programs from npm, likewise; the second looks for what keeps people from reading a page.
const NODE: [&str; 2] = ["healthchecks-io-client@1.0.4", "axe-core@4.14.1"];

/// Installs what is not there yet into a folder of what cargo builds; `Err` says what could not be had.
pub(crate) fn install() -> Result<(), String> {
    let folder = command::built("clients");
    let (python, node) = (folder.join("python"), folder.join("node"));
    once(&python, &PYTHON, || {
        command::run(command::program("python3").args(["-m", "venv", "--clear"]).arg(&python))?;
        let pip = python.join("bin/pip");
        let quiet = ["install", "--quiet", "--disable-pip-version-check"];
        command::run(command::program(&pip.to_string_lossy()).args(quiet).args(PYTHON))
    })?;
    once(&node, &NODE, || {
        let quiet = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"];
        command::run(command::program("npm").args(quiet).arg(&node).args(NODE))
    })
}

/// Installs into a folder unless the same is there already: a note in it says what was installed, last of all.
fn once(
    folder: &Path,
    packages: &[&str],
    install: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let note = folder.join("installed");
    let wanted = packages.join("\n");
    if fs::read_to_string(&note).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let shown = packages.join(", ");
    fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    install().map_err(|error| {
        format!("{shown} cannot be installed, and the tests drive the server with it: {error}")
    })?;
    fs::write(&note, wanted).map_err(|error| format!("cannot write {}: {error}", note.display()))
}
