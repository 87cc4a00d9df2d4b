//! Builds the program that can be told where to die, beside the one that people run.

use std::fs;

use crate::command;

/// Builds the server with the feature `fault-injection` and puts it where the trials look for it: the ordinary one
/// takes its place among the programs again when it is built next.
pub(crate) fn build() -> Result<(), String> {
    let words = ["build", "--locked", "-p", "ping-listener", "--features", "fault-injection"];
    command::run(&mut command::cargo(&words))?;
    let copy = || {
        let own = std::env::current_exe()?;
        let programs = own.parent().unwrap_or(&own);
        let folder = programs.with_file_name("fault-injection");
        fs::create_dir_all(&folder)?;
        let new = folder.join("ping-listener.new");
        fs::copy(programs.join("ping-listener"), &new)?;
        fs::rename(new, folder.join("ping-listener"))
    };
    copy().map_err(|error| format!("cannot put the faulty program in its place: {error}"))
}
