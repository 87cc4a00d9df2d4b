//! The files that the rules look at.

use std::fs;
use std::path::{Path, PathBuf};

/// Kinds of files that are held to the rules of text.
const TEXT: &[&str] = &["rs", "toml", "md", "html", "css", "js", "sql", "sh", "service", "socket"];

/// Folders that are not ours to judge, or not part of the sources.
const FOREIGN_FOLDERS: &[&str] = &[".git", "target", "data", "corpus", "vendor"];

/// A file of the tree.
pub(crate) struct File {
    /// Its path from the root of the workspace.
    pub(crate) path: PathBuf,
    /// Its path as a module of the server: `["store", "sqlite"]`; `["main"]` and `["lib"]` for the two roots.
    pub(crate) module: Vec<String>,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn is(&self, extension: &str) -> bool {
        self.path.extension().is_some_and(|found| found == extension)
    }

    pub(crate) fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

pub(crate) fn server_sources() -> Vec<File> {
    let sources = Path::new("crates/ping-listener/src");
    files().into_iter().filter(|file| file.is("rs") && file.path.starts_with(sources)).collect()
}

/// Reads every text file of the tree, in the order of their paths.
pub(crate) fn files() -> Vec<File> {
    let root = root();
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !FOREIGN_FOLDERS.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| TEXT.iter().any(|text| extension == *text)) {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(&root).unwrap().to_path_buf();
                files.push(File { module: module_of(&path), path, text });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

fn module_of(path: &Path) -> Vec<String> {
    let inner = path.strip_prefix("crates/ping-listener/src").unwrap_or(path).with_extension("");
    let mut module: Vec<_> = inner.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}
