//! `check-config`: says everything that is wrong with a config file, before a server has to.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use super::{Failure, say};
use crate::clock::SystemSource;
use crate::reload::{Origin, declaration};
use crate::store::preview;

pub(super) fn check_config(file: Option<PathBuf>, data: Option<&Path>) -> Result<ExitCode, Failure> {
    let origin = Origin::File(file.unwrap_or_else(|| PathBuf::from("config.json")));
    let config = origin.read().map_err(Failure::misconfigured)?;
    for notice in &config.notices {
        say(notice);
    }
    say(&format!("{}: no errors, {} users", origin.name(), config.users.len()));
    let Some(data) = data else { return Ok(ExitCode::SUCCESS) };
    let granted = preview::granted_time(data, Arc::new(SystemSource), &declaration(&config))
        .map_err(|error| Failure::failed(error.to_string()))?;
    for name in granted {
        say(&format!(
            "user {name} would be late by its new max_sleep at once; it is given one from the reload on"
        ));
    }
    Ok(ExitCode::SUCCESS)
}
