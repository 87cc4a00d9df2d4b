//! Holds the tree of dependencies to its rules: pure rules stay pure, one provider of cryptography, permissive
//! licences, and nothing from anywhere but the public registry.

use std::collections::BTreeSet;
use std::fs;

use crate::command;
use crate::licence;

/// What the rules must never be able to reach: async, SQL and HTTP.
const BANNED_IN_DOMAIN: [&str; 7] = ["tokio", "rusqlite", "hyper", "axum", "serde", "jiff", "getrandom"];

/// What nothing here may link, tests included: TLS is rustls with one provider of cryptography, time is jiff.
const BANNED_EVERYWHERE: [&str; 5] = ["ring", "openssl", "openssl-sys", "native-tls", "chrono"];

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks what can be checked with cargo alone, then asks cargo-deny where it is installed.
pub(crate) fn check() -> Result<(), String> {
    let domain = tree(&["--package", "domain", "--edges", "normal,build"])?;
    assert_none("domain", &domain, &BANNED_IN_DOMAIN)?;
    let workspace = tree(&["--workspace", "--edges", "all"])?;
    assert_none("the workspace", &workspace, &BANNED_EVERYWHERE)?;
    let foreign: Vec<_> = workspace.iter().filter(|package| package.is_foreign).collect();
    for package in &foreign {
        licence::assert_permissive(&package.licence)
            .map_err(|reason| format!("the licence of `{}`: {reason}", package.name))?;
    }
    assert_sources()?;
    eprintln!("\ndependencies: {} crates, all from the registry, all permissive", foreign.len());
    ask_cargo_deny()
}

/// One line of `cargo tree`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    licence: String,
    /// Whether it comes from outside this workspace.
    is_foreign: bool,
}

fn tree(selection: &[&str]) -> Result<BTreeSet<Package>, String> {
    let mut words = vec!["tree", "--locked", "--prefix", "none", "--format", "{p}|{l}"];
    words.extend(selection);
    let lines = command::output(&mut command::cargo(&words))?;
    Ok(lines.lines().filter_map(parse_package).collect())
}

/// Reads `serde v1.0.229|MIT OR Apache-2.0`; `None` for the lines of features, which name no package of their own.
fn parse_package(line: &str) -> Option<Package> {
    let (package, licence) = line.split_once('|')?;
    let (name, rest) = package.split_once(" v")?;
    if name.contains(' ') {
        return None;
    }
    let is_foreign = !rest.contains("(/");
    // A crate that was already shown carries a star behind its line.
    let licence = licence.trim().trim_end_matches("(*)").trim_end();
    Some(Package { name: name.to_owned(), licence: licence.to_owned(), is_foreign })
}

fn assert_none(whose: &str, packages: &BTreeSet<Package>, banned: &[&str]) -> Result<(), String> {
    match packages.iter().find(|package| banned.contains(&package.name.as_str())) {
        Some(package) => {
            let name = &package.name;
            Err(format!(
                "{whose} depends on `{name}`, which it must not: cargo tree --workspace -e all -i {name}"
            ))
        }
        None => Ok(()),
    }
}

fn assert_sources() -> Result<(), String> {
    let lock = fs::read_to_string(command::root().join("Cargo.lock"))
        .map_err(|error| format!("cannot read Cargo.lock: {error}"))?;
    let sources = lock.lines().filter_map(|line| line.strip_prefix("source = \"")?.strip_suffix('"'));
    match sources.into_iter().find(|source| *source != REGISTRY) {
        Some(source) => Err(format!("Cargo.lock names `{source}`: only the public registry may be a source")),
        None => Ok(()),
    }
}

fn ask_cargo_deny() -> Result<(), String> {
    if !command::has_cargo_command("deny") {
        eprintln!(
            "cargo-deny is not installed, so deny.toml was not asked: cargo install --locked cargo-deny"
        );
        return Ok(());
    }
    command::run(&mut command::cargo(&["deny", "--locked", "check", "bans", "licenses", "sources"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_tree_names_package_and_licence() {
        let package = parse_package("serde v1.0.229|MIT OR Apache-2.0").unwrap();
        assert_eq!((package.name.as_str(), package.licence.as_str()), ("serde", "MIT OR Apache-2.0"));
        assert!(package.is_foreign);
        assert_eq!(parse_package("serde v1.0.229|MIT (*)").unwrap().licence, "MIT");
        assert!(!parse_package("domain v0.0.0 (/home/me/domain)|MIT").unwrap().is_foreign);
        assert!(parse_package("serde feature \"std\"|").is_none());
    }

    #[test]
    fn a_banned_crate_is_named() {
        let packages = BTreeSet::from([parse_package("ring v0.17.14|ISC").unwrap()]);
        assert!(assert_none("it", &packages, &["ring"]).unwrap_err().contains("`ring`"));
        assert_eq!(assert_none("it", &packages, &["openssl"]), Ok(()));
    }
}
