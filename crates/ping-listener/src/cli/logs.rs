//! Logs: to stderr, for a person on a terminal and as JSON elsewhere.

use std::io::{self, IsTerminal};

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For a person.
    Human,
    /// For a program, one object a line.
    Json,
}

/// Starts logging, or says what is wrong with the filter.
pub(super) fn start(format: Option<Format>, filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("--log: {error}"))?;
    let is_terminal = io::stderr().is_terminal();
    let format = format.unwrap_or(if is_terminal { Format::Human } else { Format::Json });
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // Other people's crates log what passes through them, addresses with keys in them too.
    let own = filter_fn(|line| line.target().starts_with("ping_listener") || *line.level() <= Level::WARN);
    match format {
        Format::Human => logs.with_ansi(is_terminal).with_target(false).finish().with(own).init(),
        Format::Json => logs.json().flatten_event(true).with_current_span(false).finish().with(own).init(),
    }
    Ok(())
}
