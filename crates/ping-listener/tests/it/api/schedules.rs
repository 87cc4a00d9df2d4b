//! When checks by the clock are due, as the API tells it: expressions, time zones, and days on which clocks change.

use rig::app::{Setup, TestApp, config};
use serde_json::Value;

use super::{KEY, create, json, now, ping, post};

/// A Wednesday, from which all is counted where nothing else is said.
const REFERENCE: &str = "2026-05-13T10:07:30Z";

async fn begin_at(instant: &str) -> TestApp {
    Setup::new(config("", "")).at(instant).with("PING_LISTENER_API_KEY", KEY).start().await
}

/// Returns when a check with this schedule is due that pings now.
async fn next_of(app: &TestApp, schedule: &str, zone: &str) -> Value {
    let check = create(app, &serde_json::json!({"schedule": schedule, "tz": zone}).to_string()).await;
    ping(app, &check, "").await;
    now(app, &check).await["next_ping"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn expressions_come_next_when_the_original_says() {
    let app = begin_at(REFERENCE).await;
    for (schedule, next) in [
        ("5/15 * * * *", "2026-05-13T10:20:00"),
        ("*/100 * * * *", "2026-05-13T11:00:00"),
        ("0 0 1,15 * 1", "2026-05-15T00:00:00"),
        ("0 0 */2 * 1", "2026-05-25T00:00:00"),
        ("0 0 L * *", "2026-05-31T00:00:00"),
        ("0 0 LW * *", "2026-05-29T00:00:00"),
        ("0 0 * * 5L", "2026-05-29T00:00:00"),
        ("0 0 * * 5#3", "2026-05-15T00:00:00"),
        ("0 0 * * fri#3", "2026-05-15T00:00:00"),
        ("0 12 * * 7", "2026-05-17T12:00:00"),
        ("0 0 29 2 *", "2028-02-29T00:00:00"),
        ("0 0 1 JUN-AUG *", "2026-06-01T00:00:00"),
        ("*:0/15", "2026-05-13T10:15:00"),
        ("Mon..Fri 12:00", "2026-05-13T12:00:00"),
        ("*-*~1 12:00", "2026-05-31T12:00:00"),
        ("*-*~7/1 08:00", "2026-05-25T08:00:00"),
        ("weekly", "2026-05-18T00:00:00"),
        ("*-2-29", "2028-02-29T00:00:00"),
        ("12:00 America/New_York", "2026-05-13T16:00:00"),
        ("quarterly", "2026-07-01T00:00:00"),
        ("18:00\n10:30", "2026-05-13T10:30:00"),
    ] {
        assert_eq!(next_of(&app, schedule, "UTC").await, format!("{next}+00:00"), "{schedule}");
    }
    assert_eq!(next_of(&app, "2026-05-13 10:07", "UTC").await, Value::Null, "it does not come again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_next_time_is_later_than_the_second_of_the_ping() {
    for (instant, next) in [
        ("2026-05-13T11:59:59.9Z", "2026-05-13T12:00:00+00:00"),
        ("2026-05-13T12:00:00Z", "2026-05-14T12:00:00+00:00"),
        ("2026-05-13T12:00:00.5Z", "2026-05-14T12:00:00+00:00"),
    ] {
        assert_eq!(next_of(&begin_at(instant).await, "0 12 * * *", "UTC").await, next, "{instant}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_change_move_skip_and_repeat_as_the_original_says() {
    for (instant, schedule, next) in [
        // Riga's clocks skip from three to four.
        ("2026-03-28T12:00:00Z", "30 3 * * *", "2026-03-29T01:00:00"),
        ("2026-03-29T00:45:00Z", "30 * * * *", "2026-03-29T01:30:00"),
        ("2026-03-28T12:00:00Z", "03:30", "2026-03-30T00:30:00"),
        // They show three to four twice.
        ("2026-10-24T12:00:00Z", "30 3 * * *", "2026-10-25T00:30:00"),
        ("2026-10-25T00:31:00Z", "30 3 * * *", "2026-10-26T01:30:00"),
        ("2026-10-25T00:15:00Z", "30 * * * *", "2026-10-25T00:30:00"),
        ("2026-10-25T00:31:00Z", "30 * * * *", "2026-10-25T01:30:00"),
        ("2026-10-24T12:00:00Z", "03:30", "2026-10-25T00:30:00"),
        ("2026-10-25T00:31:00Z", "03:30", "2026-10-26T01:30:00"),
    ] {
        let found = next_of(&begin_at(instant).await, schedule, "Europe/Riga").await;
        assert_eq!(found, format!("{next}+00:00"), "{schedule} from {instant}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_dialect_knows_is_refused() {
    let app = begin_at(REFERENCE).await;
    for schedule in [
        "",
        "@daily",
        "* * * *",
        "* * * * * *",
        "0 0 ? * *",
        "0 0 W * *",
        "0 0 5W * *",
        "H * * * *",
        "0 0 ~ * *",
        "0 0 * * L",
        "0 0 * * FRIL",
        "5-1 * * * *",
        "1,,2 * * * *",
        "*/0 * * * *",
        "0 0 * * 5#6",
        "60 * * * *",
        "0 0 * JANUARY *",
        "0 0 30 2 *",
        "0 0 31 2 *",
        "Sat..Mon 12:00",
        "12:00:00.5",
        "@1700000000",
        "2200-1-1",
        "*/2:00",
        "*,5:00",
        "1999-1-1",
        "12:00 Nowhere/Else",
    ] {
        let body = serde_json::json!({"schedule": schedule}).to_string();
        let answer = post(&app, "/api/v3/checks/", &body).await;
        let error = "json validation error: schedule is not a valid cron or OnCalendar expression";
        assert_eq!((answer.status, json(&answer)["error"].as_str()), (400, Some(error)), "{schedule}");
    }
    for schedule in [" 0  2 * * *\t", "mon,tue, 12:00", "0 0 * * 1\n", "70-1-1 1:00\n2030-1-1"] {
        let body = serde_json::json!({"schedule": schedule}).to_string();
        assert_eq!(create(&app, &body).await["schedule"], schedule, "it is kept as it is written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_zone_of_old_is_replaced_and_capitals_count() {
    let app = begin_at(REFERENCE).await;
    for (asked, kept) in [
        ("Europe/Kiev", "Europe/Kyiv"),
        ("US/Eastern", "America/New_York"),
        ("GMT", "GMT"),
        ("Etc/GMT+5", "Etc/GMT+5"),
    ] {
        let body = serde_json::json!({"schedule": "0 2 * * *", "tz": asked}).to_string();
        assert_eq!(create(&app, &body).await["tz"], kept);
    }
    for zone in ["europe/riga", "Factory", "America/Coyhaique", "UTC ", "Mars", ""] {
        let body = serde_json::json!({"tz": zone}).to_string();
        let answer = post(&app, "/api/v3/checks/", &body).await;
        assert_eq!(json(&answer)["error"], "json validation error: tz is not a valid timezone", "{zone}");
    }
}
