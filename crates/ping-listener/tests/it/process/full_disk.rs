//! A full disk: pings are turned away, alerts still go out, nothing breaks, and all resumes by itself.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use ping_listener::channels::email::Security;
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use rig::server::{PATIENCE, Place, assert_sound, wait_until};
use rig::smtp::MailServer;

/// One user who is late at once, and one who never is.
const CONFIG: &str = r#"{
  "base_frequency": 0.2,
  "email_processing_frequency": 0.2,
  "recipient": "you@example.org",
  "users": {
    "silent": {"monitor": true, "max_sleep": 0.1, "email_frequency": 3600},
    "steady": {"monitor": true, "max_sleep": 3600, "email_frequency": 3600}
  }
}"#;

/// A disk of 40 MB in memory; unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Returns `None` where this process may not mount.
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir(at).unwrap();
        mount("tmpfs", at, "tmpfs", MountFlags::empty(), Some(c"size=40m")).ok()?;
        Some(Self(at.to_owned()))
    }

    /// Writes until nothing more fits.
    fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.0.join("ballast")).unwrap();
        for size in [1 << 20, 4_096, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }

    fn free(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A process that has not ended yet keeps it until it does.
        let _ = unmount(&self.0, UnmountFlags::DETACH);
    }
}

#[test]
fn a_full_disk_turns_pings_away_and_lets_alerts_out() {
    let mut mail = MailServer::start(Security::Tls);
    let place = Place::new(CONFIG).with_mail(&mail);
    let Some(disk) = SmallDisk::mount(&place.data()) else {
        eprintln!("this process may not mount a small disk, so nothing was tried");
        return;
    };
    mail.stop();
    let server = place.start();
    assert_eq!(server.ping("steady").status, 200);
    wait_until(PATIENCE, "alert that waits for the mail server", || {
        server.get("/metrics").body.contains("ping_listener_outbox_rows{state=\"queued\"} 1\n")
    });

    disk.fill();
    wait_until(PATIENCE, "ping that is turned away", || {
        let answer = server.ping("steady");
        answer.status == 503 && answer.header("retry-after").is_some()
    });
    server.wait_for_line("the disk is full", PATIENCE);
    assert_eq!(server.get("/health/ready").status, 503);
    assert_eq!(server.get("/health/live").status, 200);
    assert_eq!(server.ping("nobody").status, 404);
    mail.restart();
    let mails = mail.wait_for_mails(1, PATIENCE);
    let subject =
        mail_parser::MessageParser::new().parse(&mails[0].raw).unwrap().subject().unwrap().to_owned();
    assert_eq!(subject, "silent disconnection detected");

    disk.free();
    wait_until(PATIENCE, "ping that is taken again", || server.ping("steady").status == 200);
    server.wait_for_line("there is room on the disk again", PATIENCE);
    let meters = server.get("/metrics").body;
    assert!(meters.contains("ping_listener_gaps_total{cause=\"disk full\"}"), "{meters}");
    server.stop();
    assert_sound(&place.database());
    assert_eq!(mail.mails().len(), 1);
}
