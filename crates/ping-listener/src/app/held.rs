//! A door that the supervisor holds open while the server restarts, so that whoever comes meanwhile waits and is heard.

use std::fs;
use std::io;
use std::os::fd::AsFd;

/// The supervisor's listening socket.
pub struct HeldDoor {
    /// Which socket it is: another one has not held those who came to this.
    inode: u64,
}

impl HeldDoor {
    /// Takes note of a socket that was passed to this process.
    pub fn of(listener: impl AsFd) -> io::Result<Self> {
        Ok(Self { inode: rustix::fs::fstat(listener)?.st_ino })
    }

    /// Returns what is the same before and after a restart if nobody was turned away in between: this boot, this
    /// socket, and how often the kernel has had to turn somebody away because too many waited at any door.
    ///
    /// `None` where that cannot be known.
    #[must_use]
    pub fn mark(&self) -> Option<String> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let counts = turned_away(&fs::read_to_string("/proc/net/netstat").ok()?)?;
        Some(format!("boot {} socket {} turned away {counts}", boot.trim(), self.inode))
    }
}

/// Reads the kernel's counts of connections that found a full queue, for all sockets together.
fn turned_away(netstat: &str) -> Option<String> {
    let mut lines = netstat.lines().filter_map(|line| line.strip_prefix("TcpExt: "));
    let (names, values) = (lines.next()?, lines.next()?);
    let count = |wanted| {
        let found = names.split(' ').zip(values.split(' ')).find(|(name, _)| *name == wanted);
        found.map(|(_, value)| value)
    };
    Some(format!("{} {}", count("ListenOverflows")?, count("ListenDrops")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_found_by_their_names() {
        let netstat =
            "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 20 300\nIpExt: A\nIpExt: 7\n";
        assert_eq!(turned_away(netstat).as_deref(), Some("20 300"));
        assert_eq!(turned_away("TcpExt: SyncookiesSent\nTcpExt: 1\n"), None);
        assert_eq!(turned_away(""), None);
    }
}
