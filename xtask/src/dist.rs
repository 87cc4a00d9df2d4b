//! Packs the program for other machines: `cargo xtask dist` makes a Debian package, a tarball and their checksums.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command;
use crate::notices;

/// What stands in no program that people run: a build for proofs has it.
const OF_PROOFS: &str = "PING_LISTENER_WALL_STEP_FILE";

/// Where things lie in the package: from, to, and their mode.
const FILES: &[(&str, &str, &str)] = &[
    ("packaging/ping-listener.socket", "usr/lib/systemd/system/ping-listener.socket", "644"),
    ("packaging/ping-listener.1", "usr/share/man/man1/ping-listener.1", "644"),
    ("packaging/environment", "etc/ping-listener/environment", "644"),
    ("config.json", "etc/ping-listener/config.json", "644"),
    ("docs/config.md", "usr/share/doc/ping-listener/config.md", "644"),
    ("README.md", "usr/share/doc/ping-listener/README.md", "644"),
    ("SECURITY.md", "usr/share/doc/ping-listener/SECURITY.md", "644"),
    ("CHANGELOG.md", "usr/share/doc/ping-listener/CHANGELOG.md", "644"),
    ("packaging/nginx.conf", "usr/share/doc/ping-listener/examples/nginx.conf", "644"),
    ("packaging/Caddyfile", "usr/share/doc/ping-listener/examples/Caddyfile", "644"),
];

/// Builds the program as it ships, and packs it; `words` may hold `--revision N`, for a package of the same version
/// that takes the place of another.
pub(crate) fn run(words: &[String]) -> Result<(), String> {
    let revision = match words {
        [] => "1",
        [option, revision] if option == "--revision" => revision,
        _ => return Err("usage: cargo xtask dist [--revision N]".to_owned()),
    };
    command::run(&mut command::cargo(&["build", "--release", "--locked", "-p", "ping-listener"]))?;
    let program = command::built("release").join("ping-listener");
    let bytes = fs::read(&program).map_err(|error| format!("cannot read {}: {error}", program.display()))?;
    if contains(&bytes, OF_PROOFS) {
        return Err(format!("{} is a build for proofs", program.display()));
    }
    let dist = command::built("dist");
    clear(&dist)?;
    let release = Release {
        version: format!("{}-{revision}", version()?),
        architecture: command::output(Command::new("dpkg").arg("--print-architecture"))?.trim().to_owned(),
        libc: newest_libc(&bytes).ok_or("the program names no version of the C library")?,
        program,
        dist,
    };
    let package = release.package()?;
    let tarball = release.tarball()?;
    let sums =
        command::output(Command::new("sha256sum").current_dir(&release.dist).args([&package, &tarball]))?;
    write(&release.dist.join("SHA256SUMS"), &sums)?;
    println!("in {}:\n{sums}", release.dist.display());
    Ok(())
}

struct Release {
    version: String,
    architecture: String,
    /// The oldest version of the C library that has all that the program asks of it.
    libc: String,
    program: PathBuf,
    dist: PathBuf,
}

impl Release {
    /// Makes the Debian package and returns its name.
    fn package(&self) -> Result<String, String> {
        let root = self.dist.join("root");
        self.lay_out(&root)?;
        let control = root.join("DEBIAN");
        make_folder(&control)?;
        let size = command::output(Command::new("du").args(["-sk", "--apparent-size"]).arg(&root))?;
        let size = size.split_whitespace().next().unwrap_or("0");
        let text = read(&command::root().join("packaging/debian/control"))?
            .replace("@VERSION@", &self.version)
            .replace("@ARCHITECTURE@", &self.architecture)
            .replace("@LIBC@", &self.libc)
            .replace("@SIZE@", size);
        write(&control.join("control"), &text)?;
        write(
            &control.join("conffiles"),
            "/etc/ping-listener/config.json\n/etc/ping-listener/environment\n",
        )?;
        for script in ["postinst", "prerm", "postrm"] {
            install(&command::root().join("packaging/debian").join(script), &control.join(script), "755")?;
        }
        let sums = "find usr -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums";
        command::run(Command::new("sh").current_dir(&root).args(["-ec", sums]))?;
        let name = format!("ping-listener_{}_{}.deb", self.version, self.architecture);
        let mut build = Command::new("dpkg-deb");
        build.env("SOURCE_DATE_EPOCH", committed_at()).args(["--root-owner-group", "--build"]);
        command::run(build.arg(&root).arg(self.dist.join(&name)))?;
        fs::remove_dir_all(&root).map_err(|error| format!("cannot clear {}: {error}", root.display()))?;
        Ok(name)
    }

    /// Puts every file where it will lie.
    fn lay_out(&self, root: &Path) -> Result<(), String> {
        install(&self.program, &root.join("usr/bin/ping-listener"), "755")?;
        for (from, to, mode) in FILES {
            install(&command::root().join(from), &root.join(to), mode)?;
        }
        let unit =
            read(&command::root().join("packaging/ping-listener.service"))?.replace("/usr/local/", "/usr/");
        write(&root.join("usr/lib/systemd/system/ping-listener.service"), &unit)?;
        let documents = root.join("usr/share/doc/ping-listener");
        write(&documents.join("copyright"), &notices::copyright()?)?;
        write(&documents.join("licences"), &notices::texts()?)?;
        // -n leaves out what would differ from one build to the next.
        let manual = root.join("usr/share/man/man1/ping-listener.1");
        command::run(Command::new("gzip").args(["-9", "-n"]).args([manual, documents.join("licences")]))
    }

    /// Makes a tarball of the program with all that belongs to it, and returns its name.
    fn tarball(&self) -> Result<String, String> {
        let folder = format!("ping-listener-{}-{}", self.version, self.architecture);
        let root = self.dist.join(&folder);
        for (from, mode) in [
            ("packaging/ping-listener.service", "644"),
            ("packaging/ping-listener.socket", "644"),
            ("packaging/ping-listener.1", "644"),
            ("packaging/environment", "644"),
            ("packaging/nginx.conf", "644"),
            ("packaging/Caddyfile", "644"),
            ("config.json", "644"),
            ("docs/config.md", "644"),
            ("README.md", "644"),
            ("SECURITY.md", "644"),
            ("CHANGELOG.md", "644"),
            ("LICENSE-MIT", "644"),
            ("LICENSE-APACHE", "644"),
        ] {
            let name = Path::new(from).file_name().unwrap_or_default();
            install(&command::root().join(from), &root.join(name), mode)?;
        }
        install(&self.program, &root.join("ping-listener"), "755")?;
        write(&root.join("licences"), &notices::texts()?)?;
        let name = format!("{folder}.tar.gz");
        let time = format!("--mtime=@{}", committed_at());
        let mut tar = Command::new("tar");
        tar.current_dir(&self.dist).args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", &time]);
        command::run(tar.args(["-czf", &name, &folder]))?;
        fs::remove_dir_all(&root).map_err(|error| format!("cannot clear {}: {error}", root.display()))?;
        Ok(name)
    }
}

/// Reads the version of the server from its manifest.
fn version() -> Result<String, String> {
    let manifest = read(&command::root().join("crates/ping-listener/Cargo.toml"))?;
    let line = manifest.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    line.map(str::to_owned).ok_or_else(|| "the server has no version".to_owned())
}

/// When the sources were last changed, so that the same sources make the same package.
fn committed_at() -> String {
    let time = command::output(command::program("git").args(["log", "-1", "--format=%ct"]));
    time.map_or_else(|_| "0".to_owned(), |time| time.trim().to_owned())
}

/// Finds the newest version of the C library of which the program names a symbol.
fn newest_libc(program: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"GLIBC_2.";
    let versions = program.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME);
    let minor = versions.filter_map(|(at, _)| {
        let digits = program[at + NAME.len()..].iter().take_while(|byte| byte.is_ascii_digit());
        String::from_utf8(digits.copied().collect()).ok()?.parse::<u32>().ok()
    });
    minor.max().map(|minor| format!("2.{minor}"))
}

fn contains(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}

fn clear(folder: &Path) -> Result<(), String> {
    // What is not there needs no clearing.
    let _ = fs::remove_dir_all(folder);
    make_folder(folder)
}

fn make_folder(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))
}

fn install(from: &Path, to: &Path, mode: &str) -> Result<(), String> {
    command::run_in_silence(Command::new("install").args(["-D", "-m", mode]).args([from, to]))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_symbol_says_which_library_is_needed() {
        assert_eq!(newest_libc(b"..GLIBC_2.4\0GLIBC_2.34\0GLIBC_2.17\0").as_deref(), Some("2.34"));
        assert_eq!(newest_libc(b"nothing"), None);
    }
}
