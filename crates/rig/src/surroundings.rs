//! What a server in the same process finds around it: a folder for its data, and the way to a mail server.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::smtp::{LOGIN, MailServer, PASSWORD};

/// Returns the variables that make a server send to `server`.
pub(crate) fn mail_variables(server: &MailServer) -> Vec<(&'static str, String)> {
    vec![
        ("SMTP_SERVER", "localhost".to_owned()),
        ("SMTP_PORT", server.port().to_string()),
        ("SMTP_LOGIN", LOGIN.to_owned()),
        ("SMTP_PASSWORD", PASSWORD.to_owned()),
        ("SSL_CERT_FILE", server.ca_file().display().to_string()),
    ]
}

/// A folder in memory where there is one: stories commit ten thousand times, and none is about the disk.
pub(crate) fn memory_folder() -> TempDir {
    const MEMORY: &str = "/dev/shm";
    if Path::new(MEMORY).is_dir() { tempfile::tempdir_in(MEMORY) } else { tempfile::tempdir() }.unwrap()
}

/// Copies all files of a folder into another one, which is made.
pub(crate) fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}
