//! What the program is shipped with: the units that systemd reads, and the root of the container.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rustix::process::{Pid, geteuid, kill_process};
use tempfile::TempDir;

use super::QUIET;
use rig::caller::ask;
use rig::server::{PATIENCE, Signal, program, wait_until};

/// What `systemd-analyze security` may say at most, in tenths.
const EXPOSURE_MAX: &str = "--threshold=15";

/// The user of the container.
const NOBODY: &str = "--userspec=65532:65532";

#[test]
fn systemd_understands_the_units_and_finds_the_sandbox_tight() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        eprintln!("systemd-analyze is not here, so nothing was tried");
        return;
    }
    let folder = TempDir::new().unwrap();
    let service = packaging("ping-listener.service");
    let unit = fs::read_to_string(&service).unwrap().replace("/usr/local/bin/ping-listener", "/bin/true");
    fs::write(folder.path().join("ping-listener.service"), unit).unwrap();
    fs::copy(packaging("ping-listener.socket"), folder.path().join("ping-listener.socket")).unwrap();
    let units = ["ping-listener.service", "ping-listener.socket"].map(|name| folder.path().join(name));
    let verified =
        Command::new("systemd-analyze").args(["verify", "--man=no"]).args(&units).output().unwrap();
    assert!(verified.status.success() && verified.stderr.is_empty(), "{}", words(&verified));
    let analysis = ["security", "--offline=true", "--no-pager", EXPOSURE_MAX];
    let rated = Command::new("systemd-analyze").args(analysis).arg(&units[0]).output().unwrap();
    assert!(rated.status.success(), "{}", words(&rated));
}

#[test]
fn the_program_runs_in_a_container_with_nothing_else_in_it() {
    if !geteuid().is_root() {
        eprintln!("only root can change the root, so nothing was tried");
        return;
    }
    let folder = TempDir::new().unwrap();
    let image = folder.path().join("image");
    let laid_out = Command::new(packaging("image.sh")).arg(program()).arg(&image).output().unwrap();
    assert!(laid_out.status.success(), "{}", words(&laid_out));
    assert!(!image.join("bin").exists(), "there is no shell");
    fs::write(image.join("config/config.json"), QUIET).unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut child = Command::new("chroot")
        .args([NOBODY.as_ref(), image.as_os_str()])
        .args(["/usr/bin/ping-listener", "--config", "/config/config.json", "--data", "/data", "--listen"])
        .arg(address.to_string())
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .spawn()
        .unwrap();
    let pings =
        || ask(address, "GET", "/ping?username=test", "", "").is_ok_and(|answer| answer.status == 200);
    wait_until(PATIENCE, "answered ping", || {
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        pings()
    });
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(image.join("data/ping-listener.db").exists());
}

fn packaging(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging").join(name)
}

fn words(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}
