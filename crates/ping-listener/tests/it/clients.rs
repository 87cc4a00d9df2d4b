//! Programs that other people wrote for Healthchecks, as they are published, against this server.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rig::server::{Place, Server};
use serde_json::Value;

const CONFIG: &str = r#"{"recipient": "you@example.org", "users": {}}"#;
const API_KEY: &str = "hcw_0123456789abcdefghijABCDEFGH";
const PING_KEY: &str = "0123456789abcdefghijkl";

fn start() -> Server {
    Place::new(CONFIG).with("PING_LISTENER_API_KEY", API_KEY).with("PING_LISTENER_PING_KEY", PING_KEY).start()
}

/// Returns a file of the folder into which `cargo xtask test` installs the clients.
fn installed(name: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("clients").join(name);
    assert!(file.exists(), "{} is not there: cargo xtask test installs it", file.display());
    file
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/clients").join(name)
}

/// Runs a program to its end and returns what it printed.
fn run(command: &mut Command) -> String {
    let ran = command.stdin(Stdio::null()).output().unwrap();
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).trim_end().to_owned()
}

fn ask(server: &Server, path: &str) -> Value {
    let answer = server.get_with(&format!("/api/v3/{path}"), &format!("X-Api-Key: {API_KEY}\r\n"));
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

/// Returns the types of a check's pings, oldest first.
fn pings(server: &Server, uuid: &str) -> Vec<String> {
    let listed = ask(server, &format!("checks/{uuid}/pings/"));
    let pings = listed["pings"].as_array().unwrap();
    pings.iter().rev().map(|ping| ping["type"].as_str().unwrap().to_owned()).collect()
}

fn uuid_of(server: &Server, slug: &str) -> String {
    let listed = ask(server, &format!("checks/?slug={slug}"));
    listed["checks"][0]["uuid"].as_str().unwrap_or_else(|| panic!("{listed}")).to_owned()
}

#[test]
fn the_python_client_makes_pings_and_pauses_a_check() {
    let server = start();
    let mut python = Command::new(installed("python/bin/python"));
    let uuid = run(python.arg(script("python.py")).args([&server.url(""), API_KEY, PING_KEY]));
    assert_eq!(pings(&server, &uuid), ["start", "success", "fail", "start", "success"]);
    assert_eq!(ask(&server, &format!("checks/{uuid}"))["status"], "paused");
    server.stop();
}

#[test]
fn the_node_client_makes_pings_and_renames_a_check() {
    let server = start();
    let mut node = Command::new("node");
    node.env("NODE_PATH", installed("node/node_modules"));
    let uuid = run(node.arg(script("node.js")).args([&server.url(""), API_KEY]));
    assert_eq!(pings(&server, &uuid), ["start", "fail", "success"]);
    assert_eq!(ask(&server, &format!("checks/{uuid}"))["name"], "Renamed");
    server.stop();
}

#[test]
fn borgmatic_makes_its_check_by_pinging_and_sends_its_log() {
    let server = start();
    let url = server.url(&format!("/ping/{PING_KEY}/backup"));
    for outcome in ["FINISH", "FAIL"] {
        let mut python = Command::new(installed("python/bin/python"));
        run(python.arg(script("backup.py")).args([&*url, outcome]));
    }
    let uuid = uuid_of(&server, "backup");
    assert_eq!(pings(&server, &uuid), ["start", "log", "success", "start", "log", "fail"]);
    let check = ask(&server, &format!("checks/{uuid}"));
    assert_eq!((&check["status"], &check["name"]), (&"down".into(), &"backup".into()));
    let body =
        server.get_with(&format!("/api/v3/checks/{uuid}/pings/3/body"), &format!("X-Api-Key: {API_KEY}\r\n"));
    assert_eq!((body.status, body.body.contains("archive of the day")), (200, true), "{body:?}");
    server.stop();
}

#[test]
fn crontabs_go_on_with_curl_and_wget_as_they_are_written_everywhere() {
    let server = start();
    let url = server.url(&format!("/ping/{PING_KEY}/cron"));
    let made =
        run(Command::new("curl").args(["-fsS", "-m", "10", "--retry", "5", &format!("{url}?create=1")]));
    assert_eq!(made, "Created");
    let uuid = uuid_of(&server, "cron");
    let ping = server.url(&format!("/{uuid}"));
    let curl =
        |words: &[&str]| run(Command::new("curl").args(["-fsS", "-m", "10", "--retry", "5"]).args(words));
    let wget = |words: &[&str]| run(Command::new("wget").args(["-T", "10", "-t", "5", "-q"]).args(words));
    assert_eq!(curl(&["-o", "/dev/null", &format!("{ping}/start")]), "");
    assert_eq!(curl(&["--data-raw", "a=b&c=%20", &ping]), "OK");
    assert_eq!(curl(&["--http1.0", "-I", &ping]).lines().next(), Some("HTTP/1.0 200 OK"));
    assert_eq!(
        curl(&["-X", "PUT", "-H", "Transfer-Encoding: chunked", "-d", "in pieces", &format!("{ping}/log")]),
        "OK"
    );
    assert_eq!(curl(&["-H", "Expect: 100-continue", "-d", "asked first", &format!("{ping}/2")]), "OK");
    assert_eq!(curl(&["--http2", &ping]), "OK");
    assert_eq!(wget(&["-O", "-", &ping]), "OK");
    assert_eq!(wget(&["--spider", &format!("{ping}/0")]), "");
    assert_eq!(wget(&["-O", "-", "--post-data=from wget", &format!("{url}/fail")]), "OK");
    let expected =
        ["success", "start", "success", "success", "log", "fail", "success", "success", "success", "fail"];
    assert_eq!(pings(&server, &uuid), expected);
    let listed = ask(&server, &format!("checks/{uuid}/pings/"));
    let methods: Vec<&str> = listed["pings"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|ping| ping["method"].as_str().unwrap())
        .collect();
    assert_eq!(methods, ["GET", "GET", "POST", "HEAD", "PUT", "POST", "GET", "GET", "HEAD", "POST"]);
    let body =
        server.get_with(&format!("/api/v3/checks/{uuid}/pings/3/body"), &format!("X-Api-Key: {API_KEY}\r\n"));
    assert_eq!(body.body, "a=b&c=%20");
    server.stop();
}
