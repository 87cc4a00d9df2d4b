//! Runs other programs from the root of the workspace, and says what it runs.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// Returns the folder of the whole workspace.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().expect("xtask lies in the workspace").to_path_buf()
}

/// Returns the folder into which cargo puts what it builds with a profile.
pub(crate) fn built(profile: &str) -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "cargo listens to it too")]
    let target = std::env::var_os("CARGO_TARGET_DIR");
    root().join(target.map_or_else(|| PathBuf::from("target"), PathBuf::from)).join(profile)
}

/// Prepares `cargo WORDS`, with the cargo that runs us.
pub(crate) fn cargo(words: &[&str]) -> Command {
    let mut command = program(env!("CARGO"));
    command.args(words);
    command
}

/// Prepares a program that starts in the root of the workspace and cannot ask questions.
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// Runs a command to its end; `Err` says how it ended otherwise than well.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    announce(command);
    run_in_silence(command)
}

/// The same without a word about it.
pub(crate) fn run_in_silence(command: &mut Command) -> Result<(), String> {
    let status =
        command.status().map_err(|error| format!("cannot start `{}`: {error}", words_of(command)))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", words_of(command))) }
}

/// Runs a command in silence and returns what it wrote to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let output =
        command.output().map_err(|error| format!("cannot start `{}`: {error}", words_of(command)))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{}` ended with {}:\n{complaint}", words_of(command), output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a command, lets everything it says pass to the terminal, and returns whether it ended well and what it said.
pub(crate) fn run_and_listen(command: &mut Command) -> Result<(bool, String), String> {
    announce(command);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start `{}`: {error}", words_of(command)))?;
    let errors = child.stderr.take().expect("the pipe was asked for");
    let listener = thread::spawn(move || pass_on(errors, |line| eprintln!("{line}")));
    let mut said = pass_on(child.stdout.take().expect("the pipe was asked for"), |line| println!("{line}"));
    said += &listener.join().map_err(|_| "the thread that listened has panicked")?;
    let status = child.wait().map_err(|error| format!("lost `{}`: {error}", words_of(command)))?;
    Ok((status.success(), said))
}

/// Tells whether `cargo NAME` exists on this machine.
pub(crate) fn has_cargo_command(name: &str) -> bool {
    is_on_path(&format!("cargo-{name}"))
}

/// Tells whether a program of this name is found on the search path.
pub(crate) fn is_on_path(name: &str) -> bool {
    #[expect(clippy::disallowed_methods, reason = "the search path is the question here")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

fn pass_on(pipe: impl Read, print: impl Fn(&str)) -> String {
    let mut said = String::new();
    for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        print(&line);
        said.push_str(&line);
        said.push('\n');
    }
    said
}

fn announce(command: &Command) {
    eprintln!("\n$ {}", words_of(command));
}

fn words_of(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
