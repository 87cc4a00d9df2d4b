//! Nights in which the local clock jumps: what changes is what is shown, and no deadline.

use rig::app::{Mail, Setup, TestApp, config, user};

use super::told;

/// Rooms that look around every 5 s: nights are over sooner.
const CALM: &str = r#""base_frequency": 5, "email_processing_frequency": 5,"#;

/// When the night's jump comes, in seconds after the story's beginning.
const BEFORE: f64 = 1_800.0;

/// Nights: the zone, half an hour before the jump, and what a ping each quarter of an hour is called.
const NIGHTS: [(&str, &str, [&str; 5]); 11] = [
    ("Europe/Riga", "2027-03-28T00:30:00Z", ["27/03/28 02:30:00", "02:45", "04:00", "04:15", "04:30"]),
    ("Europe/Riga", "2026-10-25T00:30:00Z", ["26/10/25 03:30:00", "03:45", "03:00", "03:15", "03:30"]),
    ("America/New_York", "2027-03-14T06:30:00Z", ["27/03/14 01:30:00", "01:45", "03:00", "03:15", "03:30"]),
    ("America/New_York", "2026-11-01T05:30:00Z", ["26/11/01 01:30:00", "01:45", "01:00", "01:15", "01:30"]),
    // Half an hour only.
    (
        "Australia/Lord_Howe",
        "2026-10-03T15:00:00Z",
        ["26/10/04 01:30:00", "01:45", "02:30", "02:45", "03:00"],
    ),
    (
        "Australia/Lord_Howe",
        "2027-04-03T14:30:00Z",
        ["27/04/04 01:30:00", "01:45", "01:30", "01:45", "02:00"],
    ),
    // Back to winter for Ramadan, and forth again.
    ("Africa/Casablanca", "2026-02-15T01:30:00Z", ["26/02/15 02:30:00", "02:45", "02:00", "02:15", "02:30"]),
    ("Africa/Casablanca", "2026-03-22T01:30:00Z", ["26/03/22 01:30:00", "01:45", "03:00", "03:15", "03:30"]),
    // A whole day is left out.
    ("Pacific/Apia", "2011-12-30T09:30:00Z", ["11/12/29 23:30:00", "23:45", "00:00", "00:15", "00:30"]),
    ("Pacific/Apia", "2026-11-21T09:30:00Z", ["26/11/21 22:30:00", "22:45", "23:00", "23:15", "23:30"]),
    ("UTC", "2027-03-28T00:30:00Z", ["27/03/28 00:30:00", "00:45", "01:00", "01:15", "01:30"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_night_in_which_the_local_clock_jumps_moves_no_deadline_in_any_zone() {
    let mut first: Option<Vec<(f64, String)>> = None;
    for (zone, begin, labels) in NIGHTS {
        let users = [user("alive", BEFORE, 1_200.0, ""), user("dead", 2_700.0, 1_200.0, "")];
        let mut app = Setup::new(config(CALM, &users.join(","))).zone(zone).at(begin).start().await;
        app.pings("dead").await;
        let mut answers = Vec::new();
        for quarter in 0..8 {
            app.advance_to(BEFORE / 2.0 * f64::from(quarter)).await;
            answers.push(app.ping("alive").await.body);
        }
        let shown: Vec<&str> = answers.iter().map(|answer| &answer[9..14]).collect();
        assert_eq!(answers[0], labels[0], "{zone} {begin}");
        assert_eq!(shown[1..5], labels[1..], "{zone} {begin}");
        every_ping_is_in_the_log_of_its_day(&app, &answers).await;
        assert!(told(&app).await.iter().all(|name| name == "dead"), "{zone} {begin}");
        let when = |mail: Mail| ((mail.at * 1e3).round() / 1e3, mail.subject);
        let mails: Vec<_> = app.mails().await.into_iter().map(when).collect();
        assert_eq!(mails.len(), 3, "{zone} {begin}: {mails:?}");
        assert_eq!(&mails, first.get_or_insert(mails.clone()), "{zone} {begin}");
    }
}

async fn every_ping_is_in_the_log_of_its_day(app: &TestApp, answers: &[String]) {
    let mut dates: Vec<&str> = answers.iter().map(|answer| &answer[..8]).collect();
    dates.dedup();
    for date in dates {
        let of_day = answers.iter().filter_map(|answer| answer.strip_prefix(date));
        let times: Vec<&str> = of_day.map(str::trim_start).collect();
        assert_eq!(app.log("alive", &date.replace('/', "-")).await, times, "{date}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_a_zone_left_out_is_an_empty_page() {
    let text = config("", &user("test", 864_000.0, 60.0, ""));
    let app = Setup::new(text).zone("Pacific/Apia").at("2011-12-30T09:59:59Z").start().await;
    app.pings("test").await;
    app.clock().advance(rig::app::span(2.0));
    app.pings("test").await;
    assert_eq!(app.log("test", "11-12-29").await, ["23:59:59"]);
    assert_eq!(app.log("test", "11-12-30").await, Vec::<String>::new());
    assert_eq!(app.log("test", "11-12-31").await, ["00:00:01"]);
}
