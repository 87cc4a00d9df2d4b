//! The members of a JSON body, taken as they are written: a number is no text, and nothing is made to fit.

use std::collections::HashMap;

use domain::managed::limits::{SECONDS_MAX, SECONDS_MIN, fits};
use serde_json::value::RawValue;

use super::fault::Fault;
use crate::store::managed::settings::RunLimit;

/// What a request says in its body.
#[derive(Default)]
pub struct Members<'a>(HashMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    /// Reads the body of a request; an empty one says nothing. Of a member that comes twice the last one counts.
    pub fn parse(body: &'a [u8]) -> Result<Self, Fault> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let value: &RawValue = serde_json::from_slice(body).map_err(|_| Fault::unreadable())?;
        if !value.get().starts_with('{') {
            return Err(Fault::invalid("value is not an object"));
        }
        serde_json::from_str(value.get()).map(Self).map_err(|_| Fault::unreadable())
    }

    /// Tells whether a member is there, whatever it says.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns a member if it is a text.
    pub(super) fn plain_text(&self, name: &str) -> Option<String> {
        self.text(name, usize::MAX).ok().flatten()
    }

    /// Returns a text of at most so many signs.
    pub(super) fn text(&self, name: &str, most: usize) -> Result<Option<String>, Fault> {
        let Some(raw) = self.0.get(name) else { return Ok(None) };
        if !raw.get().starts_with('"') {
            return Err(Fault::invalid(format!("{name} is not a string")));
        }
        let text: String = serde_json::from_str(raw.get()).map_err(|_| Fault::unreadable())?;
        if !fits(&text, most) {
            return Err(Fault::invalid(format!("{name} is too long")));
        }
        Ok(Some(text))
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, Fault> {
        match self.0.get(name).map(|raw| raw.get()) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Fault::invalid(format!("{name} is not a boolean"))),
        }
    }

    /// Returns a whole number of seconds from `least` to a year.
    ///
    /// Nobody means 1 by `true`: the interface calls it too small, and so do we where 1 is not.
    pub(super) fn seconds(&self, name: &str, least: u64) -> Result<Option<u64>, Fault> {
        let Some(raw) = self.0.get(name).map(|raw| raw.get()) else { return Ok(None) };
        let is_whole = raw.starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
            && !raw.contains(['.', 'e', 'E']);
        match raw {
            "true" | "false" => Err(Fault::invalid(format!("{name} is too small"))),
            _ if !is_whole => Err(Fault::invalid(format!("{name} is not a number"))),
            "-0" if least == 0 => Ok(Some(0)),
            _ if raw.starts_with('-') => Err(Fault::invalid(format!("{name} is too small"))),
            _ => match raw.parse::<u64>() {
                Ok(seconds) if seconds < least => Err(Fault::invalid(format!("{name} is too small"))),
                Ok(seconds) if seconds <= SECONDS_MAX => Ok(Some(seconds)),
                Ok(_) | Err(_) => Err(Fault::invalid(format!("{name} is too large"))),
            },
        }
    }

    /// Returns the same of a member that may also be null.
    pub(super) fn run_limit(&self, name: &str) -> Result<Option<RunLimit>, Fault> {
        if self.0.get(name).is_some_and(|raw| raw.get() == "null") {
            return Ok(Some(RunLimit::Grace));
        }
        Ok(self.seconds(name, SECONDS_MIN)?.map(RunLimit::Seconds))
    }

    /// Returns the texts of a list, or `None` for each item that is none.
    pub(super) fn list(&self, name: &str) -> Result<Option<Vec<Option<String>>>, Fault> {
        let Some(raw) = self.0.get(name) else { return Ok(None) };
        let items: Vec<&RawValue> =
            serde_json::from_str(raw.get()).map_err(|_| Fault::invalid(format!("{name} is not an array")))?;
        Ok(Some(items.iter().map(|item| serde_json::from_str(item.get()).ok()).collect()))
    }
}
