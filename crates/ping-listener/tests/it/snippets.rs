//! The texts of the help that can run here, run as they stand there: each pings.

use std::process::{Command, Stdio};

use rig::server::{Place, Server};
use serde_json::Value;

const HELP: &str = include_str!("../../../../docs/pings.md");
const EXAMPLE: &str = "https://pings.example.org/ping/7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55";
const API_KEY: &str = "hcw_0123456789abcdefghijABCDEFGH";

#[test]
fn a_shell_that_does_as_the_help_says_pings_and_tells_how_the_job_ended() {
    let server = start();
    let uuid = create(&server);
    run(&server, "sh", "-c", &text(&server, &uuid, "curl"));
    assert_eq!(pings(&server, &uuid), ["success"]);
    let uuid = create(&server);
    for job in ["true", "false"] {
        run(&server, "sh", "-c", &text(&server, &uuid, "Shell script").replace("/path/to/job", job));
    }
    assert_eq!(pings(&server, &uuid), ["start", "success", "start", "fail"]);
    let uuid = create(&server);
    // What cron hands to a shell: all behind the five fields, with each percent sign free of its backslash.
    let line = text(&server, &uuid, "Cron line").replace("\\%", "%");
    let command = line.splitn(6, ' ').nth(5).unwrap().replace("/path/to/job", "false");
    run(&server, "sh", "-c", &command);
    assert_eq!(pings(&server, &uuid), ["fail"]);
    server.stop();
}

#[test]
fn a_unit_that_does_as_the_help_says_pings_before_and_after_its_job() {
    let server = start();
    let uuid = create(&server);
    let unit = text(&server, &uuid, "systemd");
    // What systemd would run, by the rules of its quotes, which are here those of a shell.
    for (key, result) in [
        ("ExecStartPre", ""),
        ("ExecStartPost", ""),
        ("ExecStopPost", "success"),
        ("ExecStopPost", "exit-code"),
    ] {
        let line = unit.lines().find_map(|line| line.strip_prefix(&format!("{key}=-"))).unwrap();
        run(&server, "sh", "-c", &format!("export SERVICE_RESULT={result}\n{}", line.replace("%%", "%")));
    }
    assert_eq!(pings(&server, &uuid), ["start", "success", "fail"]);
    server.stop();
}

#[test]
fn programs_that_do_as_the_help_says_ping() {
    let server = start();
    for (program, option, title, good, bad) in [
        ("python3", "-c", "Python", "def job(): pass\n", "def job(): raise ValueError\n"),
        (
            "node",
            "--input-type=module",
            "Node.js",
            "const job = async () => {};\n",
            "const job = async () => { throw new Error(); };\n",
        ),
    ] {
        let uuid = create(&server);
        let text = text(&server, &uuid, title);
        assert!(try_run(program, option, &format!("{good}{text}")), "{program}");
        assert!(!try_run(program, option, &format!("{bad}{text}")), "{program} hides what went wrong");
        assert_eq!(pings(&server, &uuid), ["start", "success", "start", "fail"], "{program}");
    }
    server.stop();
}

fn start() -> Server {
    let config = r#"{"recipient": "you@example.org", "users": {}}"#;
    Place::new(config).with("PING_LISTENER_API_KEY", API_KEY).start()
}

/// Makes a check and returns its UUID.
fn create(server: &Server) -> String {
    let answer = server.post("/api/v3/checks/", &format!("X-Api-Key: {API_KEY}\r\n"), "{}");
    let made: Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"));
    made["uuid"].as_str().unwrap().to_owned()
}

/// Returns the code below a heading of the help, for this check of this server.
fn text(server: &Server, uuid: &str, title: &str) -> String {
    let section = HELP.split(&format!("\n## {title}\n")).nth(1).unwrap_or_else(|| panic!("no {title}"));
    let code = section.split("```").nth(1).and_then(|code| code.split_once('\n')).unwrap().1;
    assert!(code.contains(EXAMPLE), "{code}");
    code.replace(EXAMPLE, &server.url(&format!("/ping/{uuid}")))
}

/// Returns the types of a check's pings, oldest first.
fn pings(server: &Server, uuid: &str) -> Vec<String> {
    let target = format!("/api/v3/checks/{uuid}/pings/");
    let answer = server.get_with(&target, &format!("X-Api-Key: {API_KEY}\r\n"));
    let listed: Value = serde_json::from_str(&answer.body).unwrap();
    let pings = listed["pings"].as_array().unwrap();
    pings.iter().rev().map(|ping| ping["type"].as_str().unwrap().to_owned()).collect()
}

fn run(server: &Server, program: &str, option: &str, text: &str) {
    assert!(try_run(program, option, text), "{text}\n{}", server.log());
}

/// Runs a text and tells whether it ended well.
fn try_run(program: &str, option: &str, text: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(option).stdout(Stdio::null()).stderr(Stdio::null());
    if option.starts_with("--") {
        command.arg("--eval");
    }
    command.arg(text).stdin(Stdio::null()).status().unwrap().success()
}
