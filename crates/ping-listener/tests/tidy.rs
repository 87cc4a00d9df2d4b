//! The rules of ARCHITECTURE.md and STYLE.md that a machine can check: who may import whom, where each third-party
//! crate lives, and how a file looks. Each test is one rule, and says of each breach where it is and how to mend it.
#![expect(clippy::unwrap_used, reason = "a tree that cannot be read is a breach of every rule")]

#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/snapshots.rs"]
mod snapshots;
#[path = "tidy/templates.rs"]
mod templates;
#[path = "tidy/tree.rs"]
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use imports::{imports, inside_the_crate, is_part_of_name, production, without_comments_and_strings};
use tree::{files, root, server_sources};

/// Rooms that wire the others together, and may import any of them.
const WIRING: &[&str] = &["main", "lib", "cli", "app", "reload", "http", "rounds"];

/// What a room that acts may import. Such rooms never import each other: they meet in the store.
const OF_ACTING_ROOMS: &[&str] =
    &["store", "telemetry", "clock", "random", "rounds", "bulletin", "config", "links", "keys"];

/// What a room that answers requests may import besides: how answers look, and who asks.
const OF_ANSWERING_ROOMS: &[&str] = &["http::answer", "http::peer", "http::routes", "http::timer"];

/// What a room that takes pings may import besides: who pings, and what with.
const OF_PING_ROOMS: &[&str] = &["http::body", "http::caller", "http::Methods", "http::Pings"];

/// Every other room, and what it may import beside `domain`: a room, or one name in it.
const ARROWS: &[(&str, &[&[&str]])] = &[
    ("ingest", &[OF_ACTING_ROOMS, OF_ANSWERING_ROOMS, OF_PING_ROOMS]),
    ("web", &[OF_ACTING_ROOMS, OF_ANSWERING_ROOMS, &["explaining", "zones"]]),
    ("api", &[OF_ACTING_ROOMS, OF_ANSWERING_ROOMS, &["explaining", "zones"]]),
    ("explaining", &[&["store", "zones"]]),
    ("timekeeper", &[OF_ACTING_ROOMS]),
    ("watchdog", &[OF_ACTING_ROOMS]),
    ("outbox", &[OF_ACTING_ROOMS, &["message", "channels"]]),
    ("sweeper", &[OF_ACTING_ROOMS]),
    ("heartbeat", &[OF_ACTING_ROOMS]),
    ("channels", &[&["message"]]),
    ("message", &[&["links", "store::facts"]]),
    ("keys", &[&["store", "clock", "config", "random"]]),
    ("import", &[&["store", "zones", "config"]]),
    ("store", &[&["clock", "random", "telemetry", "rounds::Bell", "zones"]]),
    ("config", &[&["message::address"]]),
    ("links", &[]),
    ("telemetry", &[&["clock", "store::view"]]),
    ("bulletin", &[]),
    ("clock", &[]),
    ("random", &[]),
    ("zones", &[]),
];

/// A crate that any room may use.
const EVERYWHERE: &[&str] = &[""];

/// Where each third-party crate lives: a room, or one module of it.
const HOMES: &[(&str, &[&str])] = &[
    ("arc_swap", &["config", "ingest", "keys", "links", "store"]),
    ("askama", &["api", "message", "web"]),
    ("axum", &["api", "app", "http", "web"]),
    ("base64", &["api", "channels", "inbox", "ingest", "links", "message", "web"]),
    ("bytes", &["api", "http", "ingest", "store", "web"]),
    ("clap", &["cli", "main"]),
    ("clock_sync", &["clock"]),
    ("domain", EVERYWHERE),
    ("faults", EVERYWHERE),
    ("form_urlencoded", &["api", "web"]),
    ("futures_util", &["web"]),
    ("getrandom", &["random"]),
    ("hashbrown", &["config"]),
    ("hmac", &["api", "keys", "links", "store", "web"]),
    ("http", &["api", "http", "ingest", "web"]),
    ("http_body_util", &["api", "http", "ingest", "web"]),
    ("hyper", &["api", "http", "web"]),
    ("hyper_util", &["http"]),
    ("idna", &["message"]),
    ("jiff", EVERYWHERE),
    ("jsonc_parser", &["config"]),
    ("lettre", &["channels", "config", "message"]),
    ("listenfd", &["cli"]),
    ("mimalloc", &["main"]),
    ("notify", &["reload"]),
    ("prometheus_client", &["telemetry"]),
    ("rusqlite", &["store"]),
    ("rustix", &["app", "channels", "clock", "config", "death", "store"]),
    ("pulldown_cmark", &["web::markdown"]),
    ("percent_encoding", &["api", "ingest"]),
    ("rustls", &["channels", "cli"]),
    ("rustls_native_certs", &["channels", "heartbeat"]),
    ("schemars", &["api"]),
    ("sd_notify", &["cli"]),
    ("serde", EVERYWHERE),
    ("serde_json", EVERYWHERE),
    ("sha1", &["explaining"]),
    ("sha2", &["api", "app", "config", "ingest", "keys", "links", "message", "reload", "store", "web"]),
    ("strsim", &["config"]),
    ("subtle", &["api", "config", "ingest", "keys", "links", "web"]),
    ("thiserror", EVERYWHERE),
    ("tokio", EVERYWHERE),
    ("tower", &["http"]),
    ("tracing", EVERYWHERE),
    ("tracing_subscriber", &["cli"]),
    ("ureq", &["heartbeat", "import"]),
    ("uuid", &["api", "cli", "explaining", "import", "ingest", "message", "store", "web"]),
];

/// The crates that may hold unsafe code: what the kernel is asked and no safe crate asks for us.
const UNSAFE_CRATES: &[&str] = &["crates/clock-sync/Cargo.toml"];

/// What makes a route by itself.
const ROUTING_CALLS: &[&str] =
    &[".route(", ".route_service(", ".nest(", ".nest_service(", ".fallback_service("];

/// Names that say nothing: what has no better name has no home.
const BANNED_NAMES: &[&str] =
    &["util", "utils", "helper", "helpers", "common", "misc", "manager", "service", "services"];

/// Words that promise work instead of doing it; put together here so that this file passes its own rule.
const BANNED_WORDS: &[&str] =
    &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("HA", "CK")];

/// Attributes that hide a failure: `#[expect(…, reason)]` complains when it is no longer needed, they never do.
const BANNED_ATTRIBUTES: &[&str] = &["[allow(", "[ignore", "[should_panic"];

/// A file of more lines, its tests left out, has more than one reason to change.
const LINES_MAX: usize = 500;

/// Code wider than this does not fit beside its neighbour on a screen. A long string stays whole, to be found whole.
const COLUMNS_MAX: usize = 120;

#[test]
fn rooms_import_only_what_the_architecture_allows() {
    let mut breaches = Vec::new();
    for file in server_sources() {
        for import in imports(&production(&file.text)) {
            let Some(target) = inside_the_crate(&import.path, &file.module) else { continue };
            let room = file.module.first().map_or("lib", String::as_str);
            if let Err(why) = judge_arrow(room, &target) {
                breaches.push(format!("{}:{}: {why}", file.shown(), import.line));
            }
        }
    }
    assert_none(
        &breaches,
        "hand the thing in, move the shared word to `domain`, or change ARROWS and ARCHITECTURE.md",
    );
}

#[test]
fn a_route_is_only_made_with_its_policy() {
    let mut breaches = Vec::new();
    for file in server_sources().into_iter().filter(|file| file.module != ["http", "routes"]) {
        let code = without_comments_and_strings(&production(&file.text));
        for (number, line) in (1..).zip(code.lines()) {
            if let Some(call) = ROUTING_CALLS.iter().find(|call| line.contains(**call)) {
                breaches.push(format!("{}:{number}: {call}", file.shown()));
            }
        }
    }
    assert_none(&breaches, "name the route in a list of `Page`s, which says who may use it");
}

#[test]
fn each_third_party_crate_stays_at_home() {
    let mut breaches = Vec::new();
    for file in server_sources() {
        for import in imports(&production(&file.text)) {
            let Some((name, homes)) =
                HOMES.iter().find(|(name, _)| import.path.first().is_some_and(|at| at == name))
            else {
                continue;
            };
            let module = file.module.join("::");
            if !homes.iter().any(|home| is_within(&module, home)) {
                let place = format!("{}:{}", file.shown(), import.line);
                breaches.push(format!("{place}: `{name}` lives in {}", homes.join(", ")));
            }
        }
    }
    assert_none(&breaches, "ask the room that keeps the crate, or give the crate another home in HOMES");
}

#[test]
fn each_dependency_has_a_home() {
    let manifest = fs::read_to_string(root().join("crates/ping-listener/Cargo.toml")).unwrap();
    let section = manifest.split("\n[").find_map(|section| section.strip_prefix("dependencies]")).unwrap();
    let names =
        section.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.replace('-', "_"));
    let breaches: Vec<_> = names.filter(|name| !HOMES.iter().any(|(known, _)| known == name)).collect();
    assert_none(&breaches, "say in HOMES which room keeps the crate, and in DESIGN.md what it saves");
}

#[test]
fn each_crate_takes_the_lints_of_the_house() {
    let manifests = files().into_iter().filter(|file| file.path.ends_with("Cargo.toml"));
    let crates = manifests.filter(|file| file.text.contains("[package]"));
    let lax = crates.filter(|file| !file.text.contains("\n[lints]\nworkspace = true\n"));
    let breaches: Vec<_> =
        lax.map(|file| file.shown()).filter(|at| !UNSAFE_CRATES.contains(&at.as_str())).collect();
    assert_none(&breaches, "add `[lints]` with `workspace = true`: it forbids unsafe code, among others");
}

#[test]
fn each_file_says_first_what_it_is_for() {
    let silent = files().into_iter().filter(|file| file.is("rs") && !file.text.starts_with("//! "));
    let breaches: Vec<_> = silent.map(|file| file.shown()).collect();
    assert_none(&breaches, "open the file with `//!` and one sentence in words that a user would know");
}

#[test]
fn templates_say_nothing_that_is_not_among_the_words() {
    let pages = Path::new("crates/ping-listener/templates");
    let mut breaches = Vec::new();
    for file in files().into_iter().filter(|file| file.is("html") && file.path.starts_with(pages)) {
        // Mails have words of their own.
        if file.path.starts_with(pages.join("mail")) {
            continue;
        }
        for (number, words) in templates::literal_words(&file.text) {
            breaches.push(format!("{}:{number}: “{words}”", file.shown()));
        }
    }
    assert_none(
        &breaches,
        "name the words in `web/words/` or `api/words.rs` and write `{{ words::page::THEM }}`",
    );
}

#[test]
fn no_test_is_skipped_and_no_lint_is_silenced() {
    let mut breaches = Vec::new();
    for file in files().into_iter().filter(|file| file.is("rs")) {
        for (number, line) in (1..).zip(without_comments_and_strings(&file.text).lines()) {
            if let Some(attribute) = BANNED_ATTRIBUTES.iter().find(|banned| line.contains(**banned)) {
                breaches.push(format!("{}:{number}: #{attribute}", file.shown()));
            }
        }
    }
    assert_none(&breaches, "mend the test, or use `#[expect(…, reason = \"…\")]`");
}

#[test]
fn no_file_grows_beyond_one_reason_to_change() {
    let mut breaches = Vec::new();
    for file in files().into_iter().filter(|file| file.is("rs")) {
        let lines = production(&file.text).lines().count();
        if LINES_MAX < lines {
            breaches.push(format!("{}: {lines} lines without tests", file.shown()));
        }
    }
    assert_none(&breaches, "split the file by its reasons to change");
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let mut breaches = Vec::new();
    for file in files().into_iter().filter(|file| file.is("rs")) {
        let mut names = file.path.with_extension("");
        if names.iter().any(|name| BANNED_NAMES.iter().any(|banned| name == *banned)) {
            names.set_extension("rs");
            breaches.push(names.display().to_string());
        }
    }
    assert_none(&breaches, "name the file after what it is about");
}

#[test]
fn text_is_neat() {
    let mut breaches = Vec::new();
    for file in files() {
        // What others made is taken as it is.
        if file.shown().contains(".min.") {
            continue;
        }
        let code = without_comments_and_strings(&file.text);
        for (number, (line, code)) in (1..).zip(file.text.lines().zip(code.lines())) {
            let place = format!("{}:{number}", file.shown());
            if line.ends_with([' ', '\t', '\r']) {
                breaches.push(format!("{place}: blanks at the end of the line"));
            }
            if file.is("rs") && COLUMNS_MAX < columns(line, code) {
                breaches.push(format!("{place}: more than {COLUMNS_MAX} columns"));
            }
            if let Some(word) = words(line).find(|word| BANNED_WORDS.contains(word)) {
                breaches.push(format!("{place}: {word} promises work instead of doing it"));
            }
        }
        if !file.text.is_empty() && !file.text.ends_with('\n') {
            breaches.push(format!("{}: the last line has no end", file.shown()));
        }
    }
    assert_none(&breaches, "mend each line");
}

#[test]
fn the_map_shows_the_folders_that_exist() {
    let Ok(map) = fs::read_to_string(root().join("ARCHITECTURE.md")) else { return };
    let named = folders_named(&map);
    let files = files();
    let existing: BTreeSet<_> = files.iter().flat_map(|file| file.path.ancestors().skip(1)).collect();
    let mut breaches = Vec::new();
    for name in &named {
        if !existing.iter().any(|folder| folder.ends_with(name)) {
            breaches.push(format!("ARCHITECTURE.md names `{name}/`, which does not exist"));
        }
    }
    let sources = files.iter().filter(|file| file.is("rs") && file.path.starts_with("crates"));
    let homes: BTreeSet<_> = sources.filter_map(|file| file.path.parent()).collect();
    let inner = |folder: &&Path| folder.components().any(|part| part.as_os_str() == "tests");
    for folder in homes.into_iter().filter(|folder| !inner(folder) && !folder.ends_with("src")) {
        if !named.iter().any(|name| folder.ends_with(name)) {
            breaches.push(format!("`{}/` is not in ARCHITECTURE.md", folder.display()));
        }
    }
    assert_none(&breaches, "a wrong map is worse than none: mend ARCHITECTURE.md in the same commit");
}

/// Tells whether `room` may import `target`, a path from the root of the crate; `Err` says why not.
fn judge_arrow(room: &str, target: &[String]) -> Result<(), String> {
    let Some(aim) = target.first() else { return Ok(()) };
    if aim == room || WIRING.contains(&room) {
        return Ok(());
    }
    let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == room) else {
        return Err(format!("the room `{room}` has no line in ARROWS"));
    };
    let path = target.join("::");
    if allowed.iter().copied().flatten().any(|name| is_within(&path, name)) {
        return Ok(());
    }
    Err(format!("`{room}` may not import `{path}`"))
}

/// Tells whether a path is `home` or lies in it; everything lies in the empty home.
fn is_within(path: &str, home: &str) -> bool {
    home.is_empty() || path.strip_prefix(home).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Finds the words of a map that end in `/`, without that sign: `store/{sqlite,postgres}/` names two.
fn folders_named(map: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for word in map.split(|sign: char| sign.is_whitespace() || "`()\"".contains(sign)) {
        let word = word.trim_end_matches([',', '.', ';', ':']);
        let Some(folder) = word.strip_suffix('/') else { continue };
        if folder.is_empty() || folder.starts_with('/') || folder.contains("://") {
            continue;
        }
        match folder.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?))) {
            Some((before, (choices, after))) => {
                named.extend(choices.split(',').map(|choice| format!("{before}{choice}{after}")));
            }
            None => {
                named.insert(folder.to_owned());
            }
        }
    }
    named
}

fn assert_none(breaches: &[String], remedy: &str) {
    assert!(breaches.is_empty(), "\n{}\nTo mend it: {remedy}.\n", breaches.join("\n"));
}

/// Counts the columns of a line of Rust without what stands in its strings.
fn columns(line: &str, code: &str) -> usize {
    if line.trim_start().starts_with("//") {
        return line.chars().count();
    }
    let indent = line.len() - line.trim_start().len();
    indent + code.split_whitespace().map(|word| word.chars().count() + 1).sum::<usize>().saturating_sub(1)
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|sign| !is_part_of_name(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_against_the_plan_is_refused() {
        let judge =
            |room, path: &str| judge_arrow(room, &path.split("::").map(String::from).collect::<Vec<_>>());
        assert_eq!(judge("web", "store::Store"), Ok(()));
        assert_eq!(judge("web", "web::session"), Ok(()));
        assert_eq!(judge("message", "store::facts::Facts"), Ok(()));
        assert!(judge("message", "store::open").is_err());
        assert!(judge("web", "outbox::step").is_err());
        assert!(judge("store", "app::App").is_err());
        assert!(judge("cellar", "store").unwrap_err().contains("no line in ARROWS"));
    }

    #[test]
    fn a_long_string_does_not_make_a_line_too_wide() {
        let columns = |line: &str| columns(line, &without_comments_and_strings(line));
        assert_eq!(columns("    let a = \"a very long sentence\";"), "    let a = ;".len());
        assert_eq!(columns("    // a very long sentence"), "    // a very long sentence".len());
    }

    #[test]
    fn folders_are_found_in_a_map() {
        let named = folders_named(
            "`crates/domain/`  migrations/{sqlite,postgres}/ GET /ping/ https://a.b/ and/or x/.",
        );
        let expected = ["crates/domain", "migrations/postgres", "migrations/sqlite", "x"];
        assert_eq!(named, BTreeSet::from(expected.map(String::from)));
    }
}
