//! The command line: what the program is asked to do, and the words and exit statuses it answers with.

mod check_config;
mod schedule;
mod keys;
mod import;
mod logs;
mod send_test_mail;
mod serve;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::environment::Environment;
use crate::config::{self, Config};
use crate::reload::Origin;
use crate::store::error::OpenError;

/// The exit status for settings that have to be mended.
const MISCONFIGURED: u8 = 78;

/// The exit status for an argument that has to be mended.
const MISTAKEN: u8 = 2;

/// The exit status for anything else that keeps the program from its work.
const FAILED: u8 = 1;

/// Watches devices and jobs by their pings, and sends mail when one falls silent.
#[derive(Parser)]
#[command(name = "ping-listener", version, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeOptions,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server; this is also what happens without a command.
    Serve(ServeOptions),
    /// Say everything that is wrong with a config file; exit status 0 or 78.
    CheckConfig {
        /// The file; config.json when none is given.
        file: Option<PathBuf>,
        /// A data folder: also say which users the change of this config would make late.
        #[arg(long, env = "PING_LISTENER_DATA")]
        data: Option<PathBuf>,
    },
    /// Read a cron or OnCalendar expression, and say when it comes next; exit status 0 or 2.
    Schedule(schedule::Question),
    /// Make, list and revoke keys of the API and of pings, also while the server runs.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Bring checks over from another server, with the UUIDs and keys that their clients know.
    #[command(subcommand)]
    Import(import::Origin),
    /// Send a mail the way alerts go, and print the mail server's answer.
    SendTestMail {
        /// For whom; every recipient of the config when none is given.
        addresses: Vec<String>,
        #[command(flatten)]
        options: ServeOptions,
    },
}

const DATA_HELP: &str =
    "The folder of all data; the one in STATE_DIRECTORY when none is given, and ./data without that";

#[derive(Args, Clone)]
struct ServeOptions {
    /// The config file; config.json in the working folder when none is given, and the built-in sample without that.
    #[arg(long, env = "PING_LISTENER_CONFIG")]
    config: Option<PathBuf>,
    #[arg(long, env = "PING_LISTENER_DATA", help = DATA_HELP)]
    data: Option<PathBuf>,
    /// The address to listen on.
    #[arg(long, env = "PING_LISTENER_LISTEN", default_value = "127.0.0.1:5000")]
    listen: SocketAddr,
    /// How to write logs; human on a terminal, json elsewhere, when it is not given.
    #[arg(long, env = "PING_LISTENER_LOG_FORMAT", value_enum)]
    log_format: Option<logs::Format>,
    /// What to log: error, warn, info, debug, or a filter by module.
    #[arg(long, env = "PING_LISTENER_LOG", default_value = "info")]
    log: String,
}

/// Looks a variable of the environment up.
pub type LookUp<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Does what the command line asks and returns the exit status.
pub fn run(arguments: impl Iterator<Item = OsString>, look_up: LookUp<'_>) -> ExitCode {
    let line = match CommandLine::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => {
            let is_help = !error.use_stderr();
            // Nobody is left to be told when the terminal is gone.
            let _ = error.print();
            return if is_help { ExitCode::SUCCESS } else { ExitCode::from(MISCONFIGURED) };
        }
    };
    let outcome = match line.command.unwrap_or(Command::Serve(line.serve)) {
        Command::Serve(options) => serve::serve(&options, look_up),
        Command::CheckConfig { file, data } => check_config::check_config(file, data.as_deref()),
        Command::Schedule(question) => schedule::schedule(&question),
        Command::Keys(asked) => keys::keys(&asked, look_up),
        Command::Import(origin) => import::import(&origin, look_up),
        Command::SendTestMail { addresses, options } => {
            send_test_mail::send_test_mail(addresses, &options, look_up)
        }
    };
    outcome.unwrap_or_else(|failure| {
        say_error(&failure.words);
        ExitCode::from(failure.status)
    })
}

/// Finds out where the data is.
fn data_folder(given: Option<&PathBuf>, look_up: LookUp<'_>) -> PathBuf {
    let state = || look_up("STATE_DIRECTORY").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    given.cloned().or_else(state).unwrap_or_else(|| PathBuf::from("data"))
}

/// Why a command did not do what it was asked.
struct Failure {
    words: String,
    status: u8,
}

impl Failure {
    fn misconfigured(words: impl Into<String>) -> Self {
        Self { words: words.into(), status: MISCONFIGURED }
    }

    fn mistaken(words: impl Into<String>) -> Self {
        Self { words: words.into(), status: MISTAKEN }
    }

    fn failed(words: impl Into<String>) -> Self {
        Self { words: words.into(), status: FAILED }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::failed(error.to_string())
    }
}

#[expect(clippy::print_stderr, reason = "the command line talks to who typed it")]
fn say_error(words: &str) {
    for line in words.lines() {
        eprintln!("ping-listener: {line}");
    }
}

#[expect(clippy::print_stdout, reason = "the command line talks to who typed it")]
fn say(words: &str) {
    println!("{words}");
}

impl ServeOptions {
    /// Finds out where the config is.
    fn origin(&self) -> Origin {
        let default = Path::new("config.json");
        match &self.config {
            Some(path) => Origin::File(path.clone()),
            None if default.exists() => Origin::File(default.to_owned()),
            None => Origin::Sample,
        }
    }

    /// Finds out where the data is.
    fn data(&self, look_up: LookUp<'_>) -> PathBuf {
        data_folder(self.data.as_ref(), look_up)
    }

    fn read(&self, look_up: LookUp<'_>) -> Result<(Origin, Config, Environment), Failure> {
        let origin = self.origin();
        let config = origin.read();
        let environment = Environment::read(look_up, &config::secret::read_file);
        match (config, environment) {
            (Ok(config), Ok(environment)) => Ok((origin, config, environment)),
            (Err(errors), Ok(_)) => Err(Failure::misconfigured(errors)),
            (Ok(_), Err(errors)) => Err(Failure::misconfigured(errors.join("\n"))),
            (Err(config), Err(environment)) => {
                Err(Failure::misconfigured(format!("{config}\n{}", environment.join("\n"))))
            }
        }
    }
}
