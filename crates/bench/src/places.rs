//! Places to start servers in: folders with a config of many checks, and the words that start each server.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use rig::smtp::{LOGIN, MailServer, PASSWORD};

use crate::process::Server;
use crate::requests::name;

/// Far longer than any run: no check falls silent unless it is meant to, so no mail goes out.
pub(crate) const NEVER_SECONDS: f64 = 864_000.0;

/// Returns the folder of the whole workspace.
pub(crate) fn root() -> PathBuf {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    bench.ancestors().nth(2).expect("the bench lies two folders deep in the workspace").to_path_buf()
}

/// Returns the program, which lies beside this one.
pub(crate) fn program() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("ping-listener"))
}

/// Starts the no-op server.
pub(crate) fn start_no_op(folder: &Path) -> Result<Server> {
    let mut command = Command::new(std::env::current_exe()?);
    Server::start(command.arg("no-op"), &folder.join("no-op.log"), "/health/live").context("the no-op server")
}

/// A folder with a config and data; it is removed when this is dropped.
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    environment: Vec<(&'static str, String)>,
}

impl Place {
    /// Makes an empty place with this config in it.
    pub(crate) fn new(folder: PathBuf, config: &Config) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(folder.join("data"))?;
        fs::create_dir_all(folder.join("config"))?;
        let place = Self { folder, environment: Vec::new() };
        place.write_config(config)?;
        Ok(place)
    }

    /// Lets mails go to a mail server.
    pub(crate) fn with_mail(mut self, mail: &MailServer) -> Self {
        self.environment = vec![
            ("SMTP_SERVER", "localhost".to_owned()),
            ("SMTP_PORT", mail.port().to_string()),
            ("SMTP_LOGIN", LOGIN.to_owned()),
            ("SMTP_PASSWORD", PASSWORD.to_owned()),
            ("SSL_CERT_FILE", mail.ca_file().display().to_string()),
        ];
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    /// Copies the place as it is now: no server may run in it.
    pub(crate) fn copy(&self, folder: PathBuf) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        for inner in ["data", "config"] {
            fs::create_dir_all(folder.join(inner))?;
            for file in fs::read_dir(self.folder.join(inner))? {
                let file = file?;
                fs::copy(file.path(), folder.join(inner).join(file.file_name()))?;
            }
        }
        Ok(Self { folder, environment: self.environment.clone() })
    }

    /// Puts another config in the place of the old one, in one step, as editors do.
    pub(crate) fn write_config(&self, config: &Config) -> Result<()> {
        fs::write(self.next_config(), config.text())?;
        self.put_next_config()
    }

    /// Where a config lies before it is put in the place of the old one.
    pub(crate) fn next_config(&self) -> PathBuf {
        self.folder.join("config.json.new")
    }

    /// Puts the next config in the place of the old one.
    pub(crate) fn put_next_config(&self) -> Result<()> {
        Ok(fs::rename(self.next_config(), self.config())?)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("config").join("config.json")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.data().join("ping-listener.db")
    }

    /// Starts the server and waits until it is alive.
    pub(crate) fn start(&self) -> Result<Server> {
        self.start_until("/health/live")
    }

    /// Starts the server and waits until it answers `target` with 200.
    pub(crate) fn start_until(&self, target: &str) -> Result<Server> {
        let mut command = Command::new(program()?);
        // Whatever the person who measures has set for a server of their own must not reach this one.
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
            .arg("serve")
            .arg("--config")
            .arg(self.config())
            .arg("--data")
            .arg(self.data())
            .arg("--listen");
        Server::start(&mut command, &self.folder.join("server.log"), target)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left behind lies among the results of the build, and is overwritten by the next run.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A config of many checks.
pub(crate) struct Config {
    /// Keys of the server, each with a comma behind it.
    keys: String,
    checks: u64,
    user: Box<dyn Fn(u64) -> User>,
}

/// What one user is asked.
pub(crate) struct User {
    pub(crate) max_sleep: f64,
    /// Who gets its mails, where the server's recipient does not.
    pub(crate) recipient: Option<String>,
}

impl Config {
    /// So many checks that never fall silent.
    pub(crate) fn quiet(checks: u64) -> Self {
        Self::of(checks, |_| User { max_sleep: NEVER_SECONDS, recipient: None })
            .with_key("\"mail\":\"inbox\"")
    }

    /// So many checks, each as it is told.
    pub(crate) fn of(checks: u64, user: impl Fn(u64) -> User + 'static) -> Self {
        Self { keys: String::new(), checks, user: Box::new(user) }
    }

    /// Adds a key of the server with its value.
    pub(crate) fn with_key(mut self, key: &str) -> Self {
        self.keys.push_str(key);
        self.keys.push(',');
        self
    }

    pub(crate) fn text(&self) -> String {
        let mut text = format!("{{{}\"recipient\":\"you@example.org\",\"users\":{{", self.keys);
        for number in 0..self.checks {
            let comma = if number == 0 { "" } else { "," };
            let User { max_sleep, recipient } = (self.user)(number);
            let to = recipient.map_or(String::new(), |to| format!(",\"device_email\":{to}"));
            let head = format!("{comma}\n\"{}\":{{\"monitor\":true,\"max_sleep\":{max_sleep}", name(number));
            write!(text, "{head},\"email_frequency\":{NEVER_SECONDS}{to}}}").expect("a string takes all");
        }
        text + "\n}}\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_reads_as_the_server_reads_it() {
        let config = Config::of(2, |number| User {
            max_sleep: 1.5 + f64::from(u32::try_from(number).unwrap()),
            recipient: (number == 1).then(|| "\"him@example.org\"".to_owned()),
        });
        let config = config.with_key("\"mail\":\"inbox\"").with_key("\"base_frequency\":0");
        let text = config.text();
        let parsed = ping_listener::config::parse_bytes(
            "config.json",
            text.as_bytes(),
            &ping_listener::config::secret::read_file,
        );
        let users = parsed.unwrap().users;
        assert_eq!(users.len(), 2);
        assert_eq!(&*users[1].demand.max_sleep, "2.5");
        assert_eq!(&*users[1].demand.recipients[0], "him@example.org");
    }
}
