//! A small disk of our own in a file: it can be filled, and its power can be cut.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rig::server::{PATIENCE, wait_until};
use rustix::fs::{FallocateFlags, fallocate};

/// Its size: room for the reserve, for what has to be free besides it, and for a trial.
const BYTES: u64 = 64 << 20;

/// The disk, mounted. Unmounted when dropped.
pub(crate) struct SmallDisk {
    image: PathBuf,
    at: PathBuf,
}

impl SmallDisk {
    /// Makes one and mounts it, or returns `None` where this process may not.
    pub(crate) fn mount(image: PathBuf, at: PathBuf) -> Option<Self> {
        fs::create_dir_all(&at).unwrap();
        File::create(&image).unwrap().set_len(BYTES).unwrap();
        let disk = Self { image, at };
        let is_made = run("mkfs.ext4", ["-q".as_ref(), "-F".as_ref(), disk.image.as_os_str()]);
        (is_made && disk.plug_in()).then_some(disk)
    }

    /// Cuts its power: what was written and not synced is gone, and from now on every call fails.
    pub(crate) fn cut(&self) {
        let words: [&OsStr; 4] = ["-x".as_ref(), "-c".as_ref(), "shutdown".as_ref(), self.at.as_os_str()];
        assert!(run("xfs_io", words), "the power cannot be cut");
    }

    /// Gives it power again. Nobody may have a file of it open.
    pub(crate) fn power_up(&self) {
        assert!(run("umount", [self.at.as_os_str()]), "the disk is still in use");
        // A process with mounts of its own, such as a browser, may hold it for as long as it lives.
        wait_until(PATIENCE, "end of a disk without power", || self.is_unplugged());
        assert!(self.plug_in(), "the disk does not come back");
    }

    /// Writes until nothing more fits.
    pub(crate) fn fill(&self) {
        let file = File::create(self.ballast()).unwrap();
        let mut end = 0;
        for size in [1 << 20, 64 << 10, 4_096, 1_024] {
            while fallocate(&file, FallocateFlags::empty(), end, size).is_ok() {
                end += size;
            }
        }
    }

    /// Makes room again.
    pub(crate) fn free(&self) {
        match fs::remove_file(self.ballast()) {
            Ok(()) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound),
        }
    }

    fn ballast(&self) -> PathBuf {
        self.at.join("ballast")
    }

    fn is_unplugged(&self) -> bool {
        let devices = fs::read_dir("/sys/block").unwrap().map(|device| device.unwrap().path());
        let mut images =
            devices.filter_map(|device| fs::read_to_string(device.join("loop/backing_file")).ok());
        !images.any(|image| Path::new(image.trim_end()) == self.image)
    }

    fn plug_in(&self) -> bool {
        run("mount", ["-o".as_ref(), "loop".as_ref(), self.image.as_os_str(), self.at.as_os_str()])
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A process that has not ended yet keeps it until it does.
        run("umount", ["-l".as_ref(), self.at.as_os_str()]);
    }
}

fn run<'a>(name: &str, words: impl IntoIterator<Item = &'a OsStr>) -> bool {
    let folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];
    let found = folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists());
    let Some(program) = found else { return false };
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
