//! A server with checks of every kind, each in another state, on a morning after a night of trouble.

use rig::app::{Setup, TestApp, config, user};
use serde_json::Value;

use crate::api::{KEY, PING_KEY, READ_KEY, create, path_of, ping, post};

/// Checks in every state there is, under the names that the pages show.
pub(super) struct Town {
    pub(super) app: TestApp,
    /// Failed with an exit status and a body, by a cron expression.
    pub(super) export: Value,
    /// Began a run that did not end.
    mirror: Value,
    /// Is in the middle of a run.
    backup: Value,
    /// Is paused.
    heating: Value,
    /// Went silent before it was snoozed.
    camera: Value,
    /// Is late within its grace.
    greenhouse: Value,
}

/// Opens the pump.
const PUMP_KEY: &str = "drip-drop-drip-drop";

/// What is asked of the checks that are made over the API; every one of them is mailed about.
const ASKED: [&str; 7] = [
    r#""name": "Nightly <export>", "slug": "export", "tags": "etl prod", "desc": "Dumps the database.",
       "schedule": "0 2 * * *", "tz": "Europe/Kyiv", "grace": 900, "max_runtime": 7200"#,
    r#""name": "mirror", "tags": "prod", "timeout": 43200, "grace": 3600, "max_runtime": 1800"#,
    r#""name": "backup", "tags": "prod", "timeout": 21600, "grace": 3600, "max_runtime": 7200"#,
    r#""name": "report", "schedule": "Mon..Fri 12:00", "tz": "America/New_York", "grace": 3600"#,
    r#""name": "heating", "timeout": 3600, "grace": 600"#,
    r#""name": "camera", "timeout": 3600, "grace": 600"#,
    r#""name": "greenhouse", "timeout": 3600, "grace": 86400"#,
];

/// Lets a day pass in which everybody came into their state.
pub(super) async fn town() -> Town {
    let mut town = made(started().await).await;
    quiet_half(&mut town).await;
    troubled_half(&mut town).await;
    town
}

async fn started() -> TestApp {
    let keys = r#""base_frequency": 60, "email_processing_frequency": 60,"#;
    let users = [
        user("front door", 3600.0, 7200.0, ""),
        user("pump", 1800.0, 21_600.0, &format!(r#", "ping_key": "{PUMP_KEY}""#)),
        r#""old sensor": {"monitor": false, "max_sleep": 600, "email_frequency": 3600}"#.to_owned(),
        user("garden", 60.0, 600.0, ""),
    ];
    let setup = Setup::new(config(keys, &users.join(",")))
        .with("PING_LISTENER_API_KEY", KEY)
        .with("PING_LISTENER_API_KEY_READONLY", READ_KEY)
        .with("PING_LISTENER_PING_KEY", PING_KEY);
    setup.start().await
}

async fn made(app: TestApp) -> Town {
    let mut checks = Vec::new();
    for asked in ASKED {
        checks.push(create(&app, &format!(r#"{{{asked}, "channels": "*"}}"#)).await);
    }
    let [export, mirror, backup, _report, heating, camera, greenhouse] = checks.try_into().unwrap();
    Town { app, export, mirror, backup, heating, camera, greenhouse }
}

/// Sixteen hours in which all that has begun pings, but for one hour in which the machine sleeps.
async fn quiet_half(town: &mut Town) {
    let app = &mut town.app;
    for hour in 0..16 {
        if hour == 6 {
            let pumped = app.ask("GET", "/ping?username=pump", &[("x-ping-key", PUMP_KEY)]).await;
            assert_eq!(pumped.status, 200);
            ping(app, &town.mirror, "").await;
            app.suspend(3_600.0).await;
        }
        app.pings("front+door").await;
        ping(app, &town.heating, "").await;
        ping(app, &town.camera, "").await;
        app.advance(3_540.0).await;
    }
    post(app, &path_of(&town.heating, "/pause"), "").await;
    ping(app, &town.backup, "/start").await;
    app.advance(420.0).await;
    ping(app, &town.backup, "").await;
}

/// From two in the night on, when the export fails, the mirror hangs and the camera is silent.
async fn troubled_half(town: &mut Town) {
    let app = &mut town.app;
    app.advance_to(17.0 * 3_600.0 - 300.0).await;
    ping(app, &town.export, "/start").await;
    app.pings("front+door").await;
    app.advance(8.0).await;
    let failed = format!("/ping/{}/3", town.export["uuid"].as_str().unwrap());
    let body = "dump: <disk full>\nexit\n";
    assert_eq!(app.post(&failed, &[("user-agent", "curl/8.5.0")], body).await.status, 200);
    ping(app, &town.mirror, "/start").await;
    for _ in 0..2 {
        app.pings("front+door").await;
        app.advance(3_500.0).await;
    }
    ping(app, &town.backup, "").await;
    ping(app, &town.greenhouse, "").await;
    app.pings("front+door").await;
    post(app, &path_of(&town.camera, "/snooze?for=8h"), "").await;
    for _ in 0..4 {
        app.advance(3_540.0).await;
        app.pings("front+door").await;
    }
    app.advance(1_000.0).await;
    ping(app, &town.backup, "/start").await;
    app.pings("old+sensor").await;
    app.advance(180.0).await;
}
