//! What was measured, and on what: the machine, its system and its disk, and the commit.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::places::root;

/// Describes the machine in one line.
pub(crate) fn machine(folder: &Path) -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let cpu = line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "a CPU without a name".to_owned());
    let memory = line_of("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes / 1024 / 1024);
    let kernel = said(Command::new("uname").args(["-sr"])).unwrap_or_default();
    let files =
        said(Command::new("stat").args(["--file-system", "--format=%T"]).arg(folder)).unwrap_or_default();
    let rust = said(Command::new("rustc").arg("--version")).unwrap_or_default();
    format!("{cores} cores of {cpu}, {memory} GiB of memory, {kernel}, {files}, {rust}")
}

/// Tells the commit, and whether the tree differs from it.
pub(crate) fn commit() -> String {
    let git = |words: &[&str]| said(Command::new("git").args(words).current_dir(root()));
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else { return "no commit".to_owned() };
    let is_clean =
        git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|said| said.is_empty());
    if is_clean { commit } else { format!("{commit}, with changes") }
}

/// Tells how busy the machine was in the last minute, in cores.
pub(crate) fn busy_cores() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(f64::NAN)
}

fn line_of(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
