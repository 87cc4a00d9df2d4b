//! Whose work the program holds, and under which licences: what has to go with each copy of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::command;

const HEAD: &str = "\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Ping Listener

Files: *
Copyright: The authors of Ping Listener
License: MIT or Apache-2.0
 At your choice the MIT licence, or the Apache licence 2.0, which Debian has in
 /usr/share/common-licenses/Apache-2.0. The texts of both, and those of all that
 is listed below, are in licences.gz beside this file.
";

/// Writes what the program is made of, each crate with its licence.
pub(crate) fn copyright() -> Result<String, String> {
    let mut text = HEAD.to_owned();
    for (name, licence) in crates()? {
        let licence = licence.replace('/', " or ").replace(" OR ", " or ").replace(" AND ", " and ");
        let _ = write!(text, "\nFiles: {name}\nCopyright: The authors of {name}\nLicense: {licence}\n");
    }
    Ok(text)
}

/// Gathers the texts of all licences, ours first.
pub(crate) fn texts() -> Result<String, String> {
    let mut text = String::new();
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        append(&mut text, "Ping Listener", &command::root().join(name))?;
    }
    let folders = folders()?;
    for name in crates()?.keys() {
        let Some(folder) = folders.get(name) else {
            return Err(format!("the sources of {name} are not here"));
        };
        for file in licence_files(folder) {
            append(&mut text, name, &file)?;
        }
    }
    Ok(text)
}

fn append(text: &mut String, of: &str, file: &Path) -> Result<(), String> {
    let licence = fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let _ = write!(text, "==== {of}: {name} ====\n\n{}\n\n", String::from_utf8_lossy(&licence).trim());
    Ok(())
}

/// Everything from outside that is linked into the program, as `name-version`, with its licence.
fn crates() -> Result<BTreeMap<String, String>, String> {
    let words = ["tree", "--locked", "--package", "ping-listener", "--edges", "normal", "--prefix", "none"];
    let lines = command::output(command::cargo(&words).args(["--format", "{p}|{l}"]))?;
    let crates = lines.lines().filter_map(|line| {
        let (package, licence) = line.split_once('|')?;
        let (name, version) = package.split_once(" v")?;
        let is_ours = version.contains("(/");
        let version = version.split(' ').next()?;
        let licence = licence.trim().trim_end_matches("(*)").trim_end();
        (!is_ours).then(|| (format!("{name}-{version}"), licence.to_owned()))
    });
    Ok(crates.collect())
}

/// Where the sources of all packages lie, by the names of their folders.
fn folders() -> Result<BTreeMap<String, PathBuf>, String> {
    let metadata = command::output(&mut command::cargo(&["metadata", "--locked", "--format-version", "1"]))?;
    let paths = metadata.split("\"manifest_path\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let folders = paths.filter_map(|path| {
        let folder = Path::new(path).parent()?;
        Some((folder.file_name()?.to_string_lossy().into_owned(), folder.to_owned()))
    });
    Ok(folders.collect())
}

fn licence_files(folder: &Path) -> Vec<PathBuf> {
    let is_licence = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        path.is_file() && ["LICEN", "COPYING", "NOTICE"].iter().any(|word| name.starts_with(word))
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_licence).collect();
    files.sort();
    files
}
