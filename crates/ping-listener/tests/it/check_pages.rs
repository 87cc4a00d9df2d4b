//! The pages about one check: what a person reads there, changes, and gets wrong.

mod seen;

use rig::app::TestApp;
use rig::client::Answer;
use serde_json::Value;

use super::api::{begin, begin_empty, create, json, now, path_of, ping, post, read};

const EXPORT: &str =
    r#"{"name": "Nightly <export>", "timeout": 600, "grace": 300, "tags": "etl prod", "channels": "*"}"#;

/// What the form of a check sends that nobody has touched.
const FORM: &str =
    "name=Export&kind=period&period=10+min&grace=5+min&schedule=%2A+%2A+%2A+%2A+%2A&tz=UTC&is_told=on";

/// Returns the address of a page about a check.
fn page_of(check: &Value, rest: &str) -> String {
    format!("/checks/{}{rest}", check["uuid"].as_str().unwrap())
}

async fn get(app: &TestApp, target: &str) -> Answer {
    let cookie = app.sign_in().await;
    app.ask("GET", target, &[("cookie", &cookie), ("accept", "text/html")]).await
}

async fn send(app: &TestApp, target: &str, form: &str) -> Answer {
    let (cookie, origin) = (app.sign_in().await, format!("http://{}", app.address()));
    let headers = [
        ("cookie", cookie.as_str()),
        ("origin", &origin),
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    app.post(target, &headers, form).await
}

/// Replaces the value of a field in the form.
fn with(field: &str, value: &str) -> String {
    let kept = FORM.split('&').filter(|pair| !pair.starts_with(&format!("{field}=")));
    kept.chain([format!("{field}={value}").as_str()]).collect::<Vec<_>>().join("&")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_check_says_how_it_stands_and_why() {
    let mut app = begin_empty().await;
    let check = create(&app, EXPORT).await;
    let text = app.page(&page_of(&check, "")).await;
    assert!(text.contains("is new: it has not pinged yet."), "{text}");
    assert!(text.contains(&format!("https://pings.example.org/ping/{}", check["uuid"].as_str().unwrap())));
    assert!(text.contains("Nightly &#60;export&#62;") && !text.contains("<export>"));
    for snippet in ["curl -fsS", "ExecStart=/path/to/job", "Invoke-RestMethod", "urllib.request"] {
        assert!(text.contains(snippet), "{snippet}");
    }
    ping(&app, &check, "").await;
    app.advance(1_000.0).await;
    let text = app.page(&page_of(&check, "")).await;
    assert!(text.contains("Silent</span>") && text.contains("href=\"/static/icon-down.svg\""), "{text}");
    assert!(text.contains("because no ping came in time."), "{text}");
    assert!(text.contains("Down: no ping came in time"), "the log is on the page: {text}");
    assert!(text.contains("for you@example.org (sent)"), "{text}");
    assert!(text.contains("Saturday, 21 November: 1 ping; down 1 time,"), "the calendar: {text}");
    let part = app.page(&page_of(&check, "?part=now")).await;
    assert!(part.contains("Silent</span>") && !part.contains("<html"), "{part}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_pings_with_what_they_said_and_can_be_narrowed() {
    let mut app = begin_empty().await;
    let check = create(&app, EXPORT).await;
    ping(&app, &check, "/start").await;
    app.advance(7.0).await;
    let body = "disk <full>\n";
    assert_eq!(post(&app, &format!("/ping/{}/3", check["uuid"].as_str().unwrap()), body).await.status, 200);
    app.advance(1.0).await;
    let log = app.page(&page_of(&check, "/log")).await;
    for told in ["Start", "Failure", "took 7 s", "exit status 3", "body, 12 B", "Down: a run failed"] {
        assert!(log.contains(told), "{told}: {log}");
    }
    let order = ["Alert to you@example.org", "Down: a run failed", "Failure</span>", "Start</span>"];
    let places = order.map(|told| log.find(told).unwrap_or_else(|| panic!("{told}: {log}")));
    assert!(places.is_sorted(), "the latest comes first, and what caused it follows: {places:?}");
    let entries = |text: &str| text.matches("<li class=\"entry").count();
    assert_eq!(entries(&log), 4, "two pings, a flip and a mail: {log}");
    let narrowed = app.page(&page_of(&check, "/log?show=fail&show=mails")).await;
    assert_eq!(entries(&narrowed), 2, "{narrowed}");
    assert!(narrowed.contains("value=\"fail\" checked") && !narrowed.contains("value=\"start\" checked"));
    assert_eq!(entries(&app.page(&page_of(&check, "/log?show=log")).await), 0);

    let shown = app.page(&page_of(&check, "/pings/2")).await;
    assert!(shown.contains("disk &#60;full&#62;") && !shown.contains("<full>"), "{shown}");
    let raw = get(&app, &page_of(&check, "/pings/2/body")).await;
    assert_eq!((raw.status, raw.body.as_str()), (200, body));
    assert_eq!(raw.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(raw.header("x-content-type-options"), "nosniff");
    let silent = app.page(&page_of(&check, "/pings/1")).await;
    assert!(silent.contains("It had nothing to say."), "{silent}");
    for unknown in ["/pings/3", "/pings/x", "/pings/1/body"] {
        let answer = get(&app, &page_of(&check, unknown)).await;
        assert_eq!(answer.status, 404, "{unknown}");
        assert!(answer.body.contains("This ping is not kept"), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_form_gets_wrong_is_told_beside_its_field_and_stays_there() {
    let app = begin_empty().await;
    let check = create(&app, EXPORT).await;
    let long = "x".repeat(101);
    for (field, value, shown, told) in [
        ("name", long.as_str(), long.as_str(), "100 characters, and has 101"),
        ("slug", "Not+a+slug", "Not a slug", "small letters, digits"),
        ("period", "soon", "soon", "“soon” is none"),
        ("period", "0+s", "0 s", "1 s to 365 d, and is 0 s"),
        ("grace", "", "", "like 5 min"),
        ("max_runtime", "400+d", "400 d", "365 d"),
    ] {
        let answer = send(&app, &page_of(&check, "/edit"), &with(field, value)).await;
        assert_eq!(answer.status, 422, "{field}: {answer:?}");
        assert!(answer.body.contains(told), "{field}: {}", answer.body);
        assert!(answer.body.contains(&format!("id=\"{field}-error\"")), "{field}: {}", answer.body);
        assert!(
            answer.body.contains(&format!("value=\"{shown}\" aria-invalid=\"true\"")),
            "{field}: {}",
            answer.body
        );
    }
    let by_clock =
        with("kind", "schedule").replace("%2A+%2A+%2A+%2A+%2A", "0+25+%2A+%2A+%2A").replace("UTC", "Mars");
    let answer = send(&app, &page_of(&check, "/edit"), &by_clock).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("found &#34;25&#34;"), "{}", answer.body);
    assert!(answer.body.contains("“Mars” is none"), "{}", answer.body);
    assert_eq!(now(&app, &check).await["name"], "Nightly <export>", "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_holds_and_the_history_tells_it() {
    let app = begin_empty().await;
    let check = create(&app, EXPORT).await;
    let form = app.page(&page_of(&check, "/edit")).await;
    for shown in ["value=\"10 min\"", "value=\"5 min\"", "name=\"is_told\" checked"] {
        assert!(form.contains(shown), "{shown}: {form}");
    }
    let typed = with("kind", "schedule")
        .replace("%2A+%2A+%2A+%2A+%2A", "0+2+%2A+%2A+%2A")
        .replace("tz=UTC", "tz=Europe/Riga&filter_http_body=on&failure_kw=error")
        .replace("&is_told=on", "");
    let looked = send(&app, &page_of(&check, "/edit"), &format!("{typed}&preview=1")).await;
    assert_eq!(looked.status, 200);
    assert!(
        looked.body.contains("02:00:00 EET") && looked.body.contains("alert at 02:05:00"),
        "{}",
        looked.body
    );
    assert_eq!(now(&app, &check).await["name"], "Nightly <export>", "a look changes nothing");

    let saved = send(&app, &page_of(&check, "/edit"), &typed).await;
    assert_eq!((saved.status, saved.header("location")), (303, &*page_of(&check, "?done=saved")));
    let asked = now(&app, &check).await;
    assert_eq!(
        (&asked["name"], &asked["schedule"], &asked["tz"]),
        (&"Export".into(), &"0 2 * * *".into(), &"Europe/Riga".into())
    );
    assert_eq!(
        (&asked["channels"], &asked["failure_kw"], &asked["grace"]),
        (&"".into(), &"error".into(), &300.into())
    );
    let page = app.page(saved.header("location")).await;
    assert!(page.contains("role=\"status\">Saved."), "{page}");
    assert!(page.contains("at 02:00 every day"), "{page}");

    post(&app, &path_of(&check, ""), r#"{"grace": 600}"#).await;
    let history = app.page(&page_of(&check, "/changes")).await;
    for told in [
        "by somebody who was signed in",
        "with the key 01234567",
        "in a period",
        "by a cron expression",
        "5 min",
        "10 min",
    ] {
        assert!(history.contains(told), "{told}: {history}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_read_out_before_it_holds() {
    let app = begin_empty().await;
    let part =
        app.page("/checks/preview?kind=schedule&schedule=Mon..Fri+12:00&tz=America/New_York&grace=1+h").await;
    assert!(part.contains("at 12:00 Monday to Friday") && part.contains("America/New_York"), "{part}");
    assert_eq!(part.matches("<li>").count(), 6, "{part}");
    assert!(part.contains("Mon 2026-11-23 12:00:00 EST"), "{part}");
    let wrong = app.page("/checks/preview?kind=schedule&schedule=never&tz=UTC&grace=1+h").await;
    assert!(wrong.contains("This cannot be read"), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declared_check_says_where_it_stands_instead_of_a_form() {
    let mut app = begin().await;
    let check = json(&super::api::ask(&app, "GET", "/api/v3/checks/").await)["checks"][0].clone();
    app.pings("front+door").await;
    app.advance(20.0).await;
    let page = app.page(&page_of(&check, "")).await;
    assert!(page.contains("because no ping came in time."), "{page}");
    assert!(page.contains("/logs?username=front+door&#38;year=2026"), "{page}");
    let place = app.page(&page_of(&check, "/edit")).await;
    assert!(place.contains("This check is declared in ") && place.contains(", line "), "{place}");
    assert!(!place.contains("<textarea"), "{place}");
    let refused = send(&app, &page_of(&check, "/edit"), FORM).await;
    assert!(refused.body.contains("This check is declared in "), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_a_check_is_told_in_order() {
    let mut app = begin_empty().await;
    let check = create(&app, EXPORT).await;
    ping(&app, &check, "").await;
    app.advance(60.0).await;
    ping(&app, &check, "/fail").await;
    let day = app.page(&page_of(&check, "/days/2026-11-21")).await;
    assert!(day.contains("2 pings on this day."), "{day}");
    assert!(day.contains("Down: a run failed") && day.contains("Alert to you@example.org"), "{day}");
    assert!(day.contains(&format!("href=\"{}\"", page_of(&check, "/days/2026-11-20"))), "{day}");
    for unknown in ["/days/2026-11-31", "/days/yesterday"] {
        assert_eq!(get(&app, &page_of(&check, unknown)).await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_is_gone_has_a_page_that_says_so() {
    let app = begin_empty().await;
    for end in ["", "/log", "/edit", "/changes", "/live", "/days/2026-11-21"] {
        for uuid in ["7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55", "nobody"] {
            let answer = get(&app, &format!("/checks/{uuid}{end}")).await;
            assert_eq!(answer.status, 404, "{uuid}{end}");
            assert!(answer.body.contains("There is no such check"), "{answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unique_key_leads_who_is_signed_in_to_the_page() {
    let app = begin_empty().await;
    let check = create(&app, EXPORT).await;
    let listed = json(&read(&app, "/api/v3/checks/").await);
    let key = listed["checks"][0]["unique_key"].as_str().unwrap();
    for address in [format!("/cloaked/{key}/"), format!("/cloaked/{key}")] {
        let answer = get(&app, &address).await;
        assert_eq!((answer.status, answer.header("location")), (303, page_of(&check, "").as_str()));
        assert_eq!(app.ask("GET", &address, &[]).await.status, 401, "a stranger is told nothing");
    }
    let other = key.chars().rev().collect::<String>();
    assert_eq!(get(&app, &format!("/cloaked/{other}/")).await.status, 404);
}
