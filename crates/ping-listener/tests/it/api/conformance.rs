//! Whether the interface keeps to its own description, tried by schemathesis with thousands of made-up requests.

use std::fs;
use std::process::{Command, Stdio};

use rig::server::{Place, program};

use super::{KEY, READ_KEY};

/// Values for texts that a description cannot make up, and numbers as clients write them: to a description 1.0 is a
/// whole number, and to the servers that clients know it is none.
const HOOKS: &str = r#"
import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("schedule", st.sampled_from(["0 2 * * *", "*/5 * * * *", "Mon..Fri 12:00", "weekly"]))
schemathesis.openapi.format("time-zone", st.sampled_from(["UTC", "Europe/Riga", "Europe/Kiev", "America/New_York"]))
schemathesis.openapi.format("channels", st.sampled_from(["", "*", "E-mail"]))

def whole(value):
    if isinstance(value, dict):
        return {name: whole(member) for name, member in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value

@schemathesis.hook
def map_body(context, body):
    return whole(body)
"#;

/// Whoever asks so often without a key is slowed, but of a bearer's key the tool takes only a 401 for that. And a
/// description cannot say how long such a key is: another length is a 400, as clients know it.
const SETTINGS: &str = r#"
[checks.missing_required_header]
expected-statuses = [400, 401, 403, 406, 415, 422, 429]

[[operations]]
include-path = "/projects/{project}/metrics/"

[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 401, 403, 404, 429]

[operations.checks.missing_required_header]
enabled = false
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
    fs::write(place.path("schemathesis.toml"), SETTINGS).unwrap();
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
