//! A server under test: started, awaited, watched for the CPU it uses, and ended.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// A million checks are read and stored in well under this.
const START_MAX: Duration = Duration::from_mins(2);

/// Linux counts CPU time in hundredths of a second on every machine that Rust's standard library runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running server; it is ended when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts `command` with a free address of the loopback as its last word, and waits until it answers.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let address = free_address()?;
        let log = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let child = command
            .arg(address.to_string())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let mut server = Self { child, address };
        server.await_answer()?;
        Ok(server)
    }

    /// The process, by its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the CPU time that the process has used so far, its own and the kernel's on its behalf, in seconds.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id()))?;
        cpu_ticks(&stat)
            .map(|ticks| ticks / TICKS_PER_SECOND)
            .context("/proc/PID/stat does not read as expected")
    }

    fn await_answer(&mut self) -> Result<()> {
        let started = Instant::now();
        while !is_alive(self.address) {
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "the server ended with {status} before it answered: see its log in the folder of the bench"
                );
            }
            ensure!(started.elapsed() < START_MAX, "the server did not answer within {START_MAX:?}");
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which the measurement has complained about by then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads user and system time out of `/proc/PID/stat`, whose second word is a name that may hold blanks.
fn cpu_ticks(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut words = after_name.split_whitespace().skip(11);
    let user: f64 = words.next()?.parse().ok()?;
    let system: f64 = words.next()?.parse().ok()?;
    Some(user + system)
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn is_alive(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_past_a_name_with_blanks() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 3 0 100 1000 10";
        assert_eq!(cpu_ticks(stat), Some(300.0));
        assert_eq!(cpu_ticks("42"), None);
    }
}
