//! A server under test: started, awaited, watched for what it uses, and ended.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

/// A million checks are read and stored in well under this.
const START_MAX: Duration = Duration::from_mins(3);

/// How often a server that starts is asked whether it answers.
const ASK_AGAIN: Duration = Duration::from_millis(5);

/// Linux counts CPU time in hundredths of a second on every machine that Rust's standard library runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running server; it is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// How long it took from the start of the process to the first answer of 200.
    pub(crate) started_within: Duration,
    log: PathBuf,
}

impl Server {
    /// Starts `command` with a free address of the loopback as its last word, and waits until it answers `target`
    /// with 200.
    pub(crate) fn start(command: &mut Command, log: &Path, target: &str) -> Result<Self> {
        let address = free_address()?;
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let began = Instant::now();
        let child = command
            .arg(address.to_string())
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let mut server = Self { child, address, started_within: Duration::ZERO, log: log.to_owned() };
        while !is_answered(address, target) {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended with {status} before it answered: see {}", log.display());
            }
            ensure!(began.elapsed() < START_MAX, "the server did not answer within {START_MAX:?}");
            thread::sleep(ASK_AGAIN);
        }
        server.started_within = began.elapsed();
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

    /// Returns the same to the nanosecond, but only of the threads that live now: for a server that does next to
    /// nothing.
    pub(crate) fn fine_cpu_seconds(&self) -> Result<f64> {
        let nanos = self.sum_of_threads("schedstat", |text| text.split_whitespace().next()?.parse().ok())?;
        Ok(nanos / 1e9)
    }

    /// Returns how often the threads that live now have gone to sleep so far, and so were woken.
    pub(crate) fn wake_ups(&self) -> Result<f64> {
        self.sum_of_threads("status", |text| field(text, "voluntary_ctxt_switches:"))
    }

    /// Returns the memory that the process has in use, in bytes.
    pub(crate) fn resident_bytes(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        Ok(field(&status, "VmRSS:").context("/proc/PID/status does not read as expected")? * 1024.0)
    }

    /// Returns how many lines of the log hold these words so far.
    pub(crate) fn count_lines(&self, words: &str) -> Result<usize> {
        Ok(fs::read_to_string(&self.log)?.lines().filter(|line| line.contains(words)).count())
    }

    /// Asks the server to stop, as a supervisor does, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        let id = Pid::from_raw(i32::try_from(self.id())?).context("a process has a number")?;
        kill_process(id, Signal::TERM)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "the server ended with {status}: see {}", self.log.display());
        Ok(())
    }

    fn sum_of_threads(&self, file: &str, figure: impl Fn(&str) -> Option<f64>) -> Result<f64> {
        let mut sum = 0.0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.id()))? {
            // A thread that has ended meanwhile has no file any more.
            let Ok(text) = fs::read_to_string(thread?.path().join(file)) else { continue };
            sum += figure(&text).with_context(|| format!("{file} of a thread does not read as expected"))?;
        }
        Ok(sum)
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

/// Reads the number behind the name at the beginning of a line.
fn field(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn is_answered(address: SocketAddr, target: &str) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(START_MAX))?;
        let request = format!("GET {target} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
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

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let status = "VmRSS:\t  123 kB\nnonvoluntary_ctxt_switches:\t9\nvoluntary_ctxt_switches:\t7\n";
        assert_eq!(field(status, "VmRSS:"), Some(123.0));
        assert_eq!(field(status, "voluntary_ctxt_switches:"), Some(7.0));
    }
}
