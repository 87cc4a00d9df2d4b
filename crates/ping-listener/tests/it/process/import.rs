//! Moving here from Healthchecks: what comes along, what stays, and that a second time changes nothing.

use rig::healthchecks::{API_KEY, Healthchecks};
use rig::server::Place;

use super::QUIET;

const CHANNELS: &str = r#"{"channels": [
    {"id": "b0d2c7f1-6a0d-4b1e-9f57-2f1f4c3d9a10", "name": "On-call mail", "kind": "email"},
    {"id": "0e9a1f52-9f6b-4f0e-8b0f-6f4f0f2b8a77", "name": "ops", "kind": "slack"}]}"#;

const CHECKS: &str = r#"{"checks": [
    {"name": "Nightly export", "slug": "nightly-export", "tags": "etl prod", "desc": "dumps", "grace": 900,
     "n_pings": 41, "status": "up", "started": false, "last_ping": "2026-05-13T02:00:09+00:00",
     "next_ping": "2026-05-14T02:00:00+00:00", "manual_resume": true, "methods": "POST", "subject": "",
     "subject_fail": "", "start_kw": "begin", "success_kw": "ok", "failure_kw": "bad,worse",
     "filter_subject": false, "filter_body": false, "filter_http_body": true, "filter_default_fail": true,
     "badge_url": "https://pl.example/b/2/0f6b2a54-7d0e-4a53-8a0f-9c1f6a0b7e11.svg",
     "uuid": "7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55",
     "ping_url": "https://pl.example/ping/7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55",
     "channels": "b0d2c7f1-6a0d-4b1e-9f57-2f1f4c3d9a10", "schedule": "0 2 * * *", "tz": "Europe/Kyiv"},
    {"name": "Web", "slug": "web", "tags": "", "desc": "", "grace": 60, "n_pings": 0, "status": "paused",
     "started": false, "last_ping": null, "next_ping": null, "manual_resume": false, "methods": "",
     "ping_url": "https://pl.example/ping/2f0a7c10-52f3-4a86-9b0e-d3a6f8e21c55",
     "channels": "0e9a1f52-9f6b-4f0e-8b0f-6f4f0f2b8a77", "timeout": 300},
    {"name": "", "slug": "", "tags": "", "desc": "", "grace": 3600, "status": "new",
     "ping_url": "https://pl.example/ping/3f0a7c10-52f3-4a86-9b0e-d3a6f8e21c55", "channels": "", "timeout": 86400},
    {"name": "Odd", "slug": "odd", "tags": "", "grace": 60, "status": "new", "channels": "",
     "ping_url": "https://pl.example/ping/4f0a7c10-52f3-4a86-9b0e-d3a6f8e21c55", "schedule": "every day", "tz": "UTC"}]}"#;

const PING_KEY: &str = "abcdefghijklmnopqrstuv";

#[test]
fn checks_come_over_with_what_their_clients_know_and_a_second_time_changes_nothing() {
    let source = Healthchecks::start(CHECKS, CHANNELS);
    // The server's port changes with each start, and must not show.
    let place = Place::new(&QUIET.replacen('{', r#"{"public_url": "https://pings.example.org","#, 1));
    let url = source.url();
    let words = ["import", "healthchecks", "--url", &url, "--api-key", API_KEY, "--ping-key", PING_KEY];
    let dry = place.run(&[&words[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert!(dry.stdout.starts_with("4 checks: 3 would be brought over, 0 here already\n"), "{dry:?}");
    assert!(dry.stdout.ends_with("nothing was changed\n"), "{dry:?}");
    assert!(!place.data().exists());

    let ended = place.run(&words);
    let expected = "4 checks: 3 brought over, 0 here already\n\
         Odd: not brought over: its schedule \"every day\" is not understood: expected";
    assert!(ended.code == Some(0) && ended.stdout.starts_with(expected), "{ended:?}");
    for line in [
        "channel \"On-call mail\" (email), of 1 checks: its address stays there; mails go to the config's recipient",
        "channel \"ops\" (slack), of 1 checks: cannot be moved",
        "Web: was told of otherwise, and is told of by e-mail here",
        "the API key and the ping key open this server too",
    ] {
        assert!(ended.stdout.lines().any(|said| said == line), "{line}: {ended:?}");
    }
    assert!(!ended.stdout.contains(API_KEY) && !ended.stdout.contains(PING_KEY), "{ended:?}");
    let shown = shown_checks(&place);

    let again = place.run(&words);
    assert!(again.stdout.starts_with("4 checks: 0 brought over, 3 here already\n"), "{again:?}");
    assert!(!again.stdout.contains("differs"), "{again:?}");
    assert_eq!(shown_checks(&place), shown);
    assert_eq!(place.run(&["keys", "list"]).stdout.lines().count(), 2);

    source.say_checks(&CHECKS.replace("Nightly export", "Nightly dump"));
    let changed = place.run(&words);
    let line = "Nightly dump: differs from what is here, which stays as it is\n";
    assert!(changed.stdout.contains(line), "{changed:?}");
    assert_eq!(shown_checks(&place), shown);
}

/// Starts the server, asks it by the key that came over, checks what came along, and pings by the key of old.
fn shown_checks(place: &Place) -> serde_json::Value {
    let server = place.start();
    let answer = server.get_with("/api/v3/checks/", &format!("X-Api-Key: {API_KEY}\r\n"));
    assert_eq!(answer.status, 200, "{answer:?}");
    let shown: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let find = |uuid: &str| {
        let checks = shown["checks"].as_array().unwrap();
        checks.iter().find(|check| check["uuid"] == uuid).unwrap_or_else(|| panic!("{uuid} in {shown}"))
    };
    let theirs: serde_json::Value = serde_json::from_str(CHECKS).unwrap();
    let export = find("7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55");
    for member in [
        "name",
        "slug",
        "tags",
        "desc",
        "grace",
        "manual_resume",
        "methods",
        "start_kw",
        "success_kw",
        "failure_kw",
        "filter_subject",
        "filter_body",
        "filter_http_body",
        "filter_default_fail",
        "schedule",
        "tz",
    ] {
        assert_eq!(export[member], theirs["checks"][0][member], "{member}");
    }
    assert_eq!((&export["status"], &export["n_pings"]), (&"new".into(), &0.into()));
    assert_ne!(export["channels"], "");
    let web = find("2f0a7c10-52f3-4a86-9b0e-d3a6f8e21c55");
    assert_eq!((&web["status"], &web["timeout"]), (&"paused".into(), &300.into()));
    assert_eq!(find("3f0a7c10-52f3-4a86-9b0e-d3a6f8e21c55")["channels"], "");
    assert_eq!(server.get(&format!("/ping/{PING_KEY}/odd")).status, 404);
    server.stop();
    shown
}

#[test]
fn an_import_says_what_is_in_its_way() {
    let source = Healthchecks::start(CHECKS, CHANNELS);
    let url = source.url();
    let place = Place::new(QUIET);
    let import = |words: &[&str]| place.run(&[&["import", "healthchecks"], words].concat());
    let wrong = "hcw_00000000000000000000000000ab";
    let ended = import(&["--url", &url, "--api-key", wrong]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("does not take the key; it has to be a read-write key"), "{ended:?}");
    assert!(!ended.stderr.contains(wrong), "{ended:?}");
    for (words, status, expected) in [
        (["--url", &url, "--api-key", "short"], 2, "--api-key: expected a key of 32 characters"),
        (["--url", "pl.example", "--api-key", API_KEY], 2, "begins with http:// or https://"),
        (["--url", "http://127.0.0.1:1", "--api-key", API_KEY], 1, "could not be asked"),
    ] {
        let ended = import(&words);
        assert!(ended.code == Some(status) && ended.stderr.contains(expected), "{ended:?}");
    }
    let server = place.start();
    let ended = import(&["--url", &url, "--api-key", API_KEY]);
    assert!(ended.code == Some(1), "{ended:?}");
    assert!(ended.stderr.contains("is in use by another ping-listener; stop it"), "{ended:?}");
    assert_eq!(import(&["--url", &url, "--api-key", API_KEY, "--dry-run"]).code, Some(0));
    server.stop();
}
