//! Fleets of checks: data folders in which a server has already declared so many, copied by whoever needs one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use anyhow::Result;

use crate::places::{Config, Place};

/// The folders of fleets that were needed so far.
pub(crate) struct Fleets {
    folder: PathBuf,
    originals: RefCell<BTreeMap<u64, Place>>,
}

impl Fleets {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, originals: RefCell::default() }
    }

    /// Returns a place of its own where a server knows so many checks already, none of which has pinged yet.
    pub(crate) fn place(&self, checks: u64, name: &str) -> Result<Place> {
        let mut originals = self.originals.borrow_mut();
        let original = match originals.entry(checks) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                eprintln!("  declaring {checks} checks …");
                let folder = self.folder.join(format!("fleet-{checks}"));
                let original = Place::new(folder, &Config::quiet(checks))?;
                original.start()?.stop()?;
                new.insert(original)
            }
        };
        original.copy(self.folder.join(name))
    }
}
