//! Whether the interface keeps to its own description, tried by schemathesis with thousands of made-up requests.

use std::fs;
use std::process::{Command, Stdio};

use rig::server::{Place, program};

use super::{KEY, READ_KEY};

/// Values for texts that a description cannot make up, and a check that exists in the place of others.
const HOOKS: &str = r#"
import os, random
import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("schedule", st.sampled_from(["0 2 * * *", "*/5 * * * *", "Mon..Fri 12:00", "weekly"]))
schemathesis.openapi.format("time-zone", st.sampled_from(["UTC", "Europe/Riga", "Europe/Kiev", "America/New_York"]))
schemathesis.openapi.format("channels", st.sampled_from(["", "*", "E-mail"]))
"#;

/// Seconds that it may take in all.
const SECONDS: &str = "60";

#[test]
fn the_interface_keeps_to_its_description() {
    let config = r#"{"recipient": "you@example.org",
                     "users": {"door": {"monitor": true, "max_sleep": 3, "email_frequency": 60}}}"#;
    let place = Place::new(config)
        .with("PING_LISTENER_API_KEY", KEY)
        .with("PING_LISTENER_API_KEY_READONLY", READ_KEY)
        .with("PING_LISTENER_METRICS_KEY", KEY);
    let server = place.start();
    let hooks = place.path("hooks.py");
    fs::write(&hooks, HOOKS).unwrap();
    let built = program();
    let tool = built.ancestors().nth(2).unwrap().join("clients/python/bin/schemathesis");
    assert!(tool.exists(), "{} is not there: `cargo xtask test` installs it", tool.display());
    let output = Command::new(tool)
        .arg("run")
        .arg(server.url("/api/openapi.json"))
        .args(["--url", server.url("").trim_end_matches('/')])
        .args(["--header", &format!("X-Api-Key: {KEY}")])
        .args(["--max-time", SECONDS, "--seed", "1", "--no-color", "--suppress-health-check", "all"])
        .args(["--phases", "examples,coverage,fuzzing", "--warnings", "off"])
        .env("SCHEMATHESIS_HOOKS", &hooks)
        .current_dir(place.path(""))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    server.stop();
}
