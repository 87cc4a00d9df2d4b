//! Sees to it that what the tests need beyond Rust is on the machine: a browser and its driver, what fails a disk, and
//! what installs other people's clients.

use crate::command;

/// What has to be found on the search path, and the Debian package that brings it.
const NEEDS: [(&str, &str); 9] = [
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("strace", "strace"),
    ("mkfs.ext4", "e2fsprogs"),
    ("xfs_io", "xfsprogs"),
    ("curl", "curl"),
    ("wget", "wget"),
    ("python3", "python3-venv"),
    ("npm", "npm"),
];

/// A page without a single font measures nothing: Chromium only recommends this one.
const FONTS: &str = "fonts-dejavu-core";

/// Installs what is missing, as root on a machine with apt; otherwise `Err` says what is missing and how to get it.
pub(crate) fn install() -> Result<(), String> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    if !is_root() || !command::is_on_path("apt-get") {
        return Err(format!("the tests need {packages}: sudo apt-get install {packages}"));
    }
    apt(&["update"])?;
    let mut words = vec!["install", "-y", "--no-install-recommends", FONTS];
    words.extend(missing);
    apt(&words)
}

fn missing() -> Vec<&'static str> {
    NEEDS.iter().filter(|(program, _)| !command::is_on_path(program)).map(|(_, package)| *package).collect()
}

fn is_root() -> bool {
    command::output(command::program("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn apt(words: &[&str]) -> Result<(), String> {
    command::run(command::program("apt-get").args(words).env("DEBIAN_FRONTEND", "noninteractive"))
}
