//! Wrong wall clocks, suspends, stalls and reboots: none of them is a client's silence, and none hides one.

mod namespaces;
mod steps;
mod year;
mod zones;

use domain::time::Span;
use ping_listener::clock::Source as _;

use rig::app::{Setup, TestApp, config, logs_target, span, start, user};
use rig::clock::ManualSource;

/// Ten years, in seconds.
const DECADE: f64 = 10.0 * 365.25 * 86_400.0;

/// Starts with one user that pings every 30 s and one that pinged once.
async fn alive_and_dead(base_frequency: &str) -> TestApp {
    let users = [user("alive", 60.0, 300_000_000.0, ""), user("dead", 60.0, 300_000_000.0, "")];
    let app = start(config(base_frequency, &users.join(","))).await;
    app.pings("alive").await;
    app.pings("dead").await;
    app
}

/// Lets so many times half a minute pass, each with a ping of who is alive at its end.
async fn half_minutes(app: &mut TestApp, count: usize) {
    for _ in 0..count {
        app.advance(30.0).await;
        app.pings("alive").await;
    }
}

/// Boots the machine anew two minutes later, with a clock that is wrong.
async fn booted_wrongly(app: TestApp, wrong: &str, synchronised: Option<bool>) -> TestApp {
    app.restart(|clock| boot_wrongly(clock, wrong, synchronised)).await
}

fn boot_wrongly(clock: &ManualSource, wrong: &str, synchronised: Option<bool>) {
    clock.reboot(Span::from_minutes(2));
    clock.set_wall(wrong.parse().unwrap());
    clock.set_synchronised(synchronised);
}

/// Names the users that were told of.
async fn told(app: &TestApp) -> Vec<String> {
    app.mails().await.into_iter().map(|mail| mail.subject.replace(" disconnection detected", "")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_the_wall_clock_raises_no_alarm_and_hides_none() {
    for step in [3_600.0, -3_600.0, DECADE, -DECADE, 3.0, -3.0] {
        let mut app = alive_and_dead("").await;
        half_minutes(&mut app, 1).await;
        app.advance(10.0).await;
        app.clock().step_wall(span(step));
        app.advance(15.0).await;
        app.pings("alive").await;
        assert!(told(&app).await.is_empty(), "{step}");
        half_minutes(&mut app, 4).await;
        assert_eq!(told(&app).await, ["dead"], "{step}");
        app.clock().step_wall(span(-step));
        half_minutes(&mut app, 8).await;
        assert_eq!(told(&app).await, ["dead"], "{step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_back_does_not_put_an_alert_off() {
    let mut app = alive_and_dead("").await;
    app.advance(10.0).await;
    app.clock().step_wall(Span::from_hours(-1));
    app.advance(49.0).await;
    assert!(told(&app).await.is_empty());
    app.advance(2.0).await;
    assert_eq!(told(&app).await, ["alive", "dead"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_are_logged_under_the_time_that_the_wall_clock_showed() {
    let mut app = alive_and_dead("").await;
    app.clock().step_wall(Span::from_hours(-24));
    app.advance(5.0).await;
    app.pings("alive").await;
    app.clock().step_wall(Span::from_hours(24));
    app.advance(5.0).await;
    assert_eq!(app.ping("alive").await.body, "26/11/21 09:05:10");
    assert_eq!(app.log("alive", "26-11-20").await, ["09:05:05"]);
    assert_eq!(app.log("alive", "26-11-21").await, ["09:05:00", "09:05:10"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspend_of_eight_hours_is_nobodys_silence() {
    let mut app = alive_and_dead("").await;
    half_minutes(&mut app, 1).await;
    app.suspend(8.0 * 3_600.0).await;
    app.advance(20.0).await;
    app.pings("alive").await;
    assert!(told(&app).await.is_empty());
    half_minutes(&mut app, 2).await;
    assert_eq!(told(&app).await, ["dead"], "within a max_sleep of the end of the suspend");
    let gaps = app.page(&logs_target("dead", "26-11-21")).await;
    assert!(gaps.contains("suspend") || gaps.contains("asleep") || gaps.contains("slept"), "{gaps}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stall_of_a_minute_is_one_pass_and_no_flood() {
    let users = [user("alive", 50.0, 1.0, ""), user("late", 10.0, 1.0, ""), user("dead", 50.0, 1.0, "")];
    let mut app = start(config("", &users.join(","))).await;
    app.pings("alive").await;
    app.advance_to(20.5).await;
    app.pings("alive").await;
    let before = app.mails().await.len();
    assert!((9..=11).contains(&before), "{before}");
    app.stall(60.0).await;
    let after = app.mails().await.len();
    assert!(after <= before + 1, "{before} {after}");
    app.advance(5.0).await;
    app.pings("alive").await;
    assert!(app.mails().await.len() <= after + 1, "a reminder waits until clients had time to come back");
    app.advance(40.0).await;
    let told = told(&app).await;
    assert!(!told.contains(&"alive".to_owned()), "{told:?}");
    app.pings("alive").await;
    app.advance(12.0).await;
    let told = self::told(&app).await;
    assert!(told.contains(&"dead".to_owned()) && !told.contains(&"alive".to_owned()), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stall_is_not_taken_for_silence_by_whoever_wakes_first() {
    for keys in ["", r#""base_frequency": 0, "email_processing_frequency": 0,"#] {
        let mut app = alive_and_dead(keys).await;
        half_minutes(&mut app, 1).await;
        app.stall(90.0).await;
        assert!(told(&app).await.is_empty(), "{keys}");
        app.pings("alive").await;
        app.advance(20.0).await;
        assert!(told(&app).await.is_empty(), "{keys}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reboot_with_a_wrong_clock_alerts_nobody_until_it_is_synchronised() {
    for wrong in ["1970-01-01T00:00:30Z", "2038-01-19T03:14:08Z"] {
        let mut app = alive_and_dead("").await;
        half_minutes(&mut app, 1).await;
        let right = app.clock().wall();
        app = booted_wrongly(app, wrong, Some(false)).await;
        assert!(app.troubles().await.contains(&"the clock cannot be believed yet".to_owned()), "{wrong}");
        half_minutes(&mut app, 10).await;
        assert!(told(&app).await.is_empty(), "{wrong}");
        app.clock().set_wall(right);
        app.clock().set_synchronised(Some(true));
        half_minutes(&mut app, 8).await;
        assert_eq!(told(&app).await, ["dead"], "{wrong}");
        assert!(!app.troubles().await.contains(&"the clock cannot be believed yet".to_owned()), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_never_synchronised_keeps_alerts_back_for_ten_minutes_at_most() {
    for wrong in ["1970-01-01T00:00:30Z", "2038-01-19T03:14:08Z"] {
        let mut app = alive_and_dead("").await;
        half_minutes(&mut app, 1).await;
        app = booted_wrongly(app, wrong, Some(false)).await;
        half_minutes(&mut app, 10).await;
        // A crash in between does not begin the ten minutes anew.
        app = app.kill(|clock| clock.advance(span(1.0))).await;
        half_minutes(&mut app, 9).await;
        assert!(told(&app).await.is_empty(), "{wrong}");
        half_minutes(&mut app, 3).await;
        assert_eq!(told(&app).await, ["dead"], "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_believed_in_between_is_doubted_anew() {
    const DOUBT: &str = "the clock cannot be believed yet";
    let mut app = alive_and_dead("").await;
    let right = app.clock().wall();
    app = booted_wrongly(app, "1970-01-01T00:00:30Z", Some(false)).await;
    half_minutes(&mut app, 16).await;
    assert!(app.troubles().await.contains(&DOUBT.to_owned()));
    app = booted_wrongly(app, &right.to_string(), Some(true)).await;
    half_minutes(&mut app, 2).await;
    assert!(!app.troubles().await.contains(&DOUBT.to_owned()));
    // A crash leaves what the last sign of life said, and not what a stop says.
    app = app.kill(|clock| boot_wrongly(clock, "1970-01-01T00:00:30Z", Some(false))).await;
    half_minutes(&mut app, 16).await;
    assert!(app.troubles().await.contains(&DOUBT.to_owned()), "eight minutes are less than ten");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_off_with_a_clock_that_runs_on_is_an_ordinary_downtime() {
    for synchronised in [Some(true), None] {
        let mut app = alive_and_dead("").await;
        half_minutes(&mut app, 1).await;
        app.clock().set_synchronised(synchronised);
        app = app.restart(|clock| clock.reboot(Span::from_hours(9))).await;
        assert_eq!(app.clock().boot(), Span::from_minutes(1));
        half_minutes(&mut app, 1).await;
        assert!(told(&app).await.is_empty());
        half_minutes(&mut app, 3).await;
        assert_eq!(told(&app).await, ["dead"]);
        assert_eq!(app.log("alive", "26-11-21").await.len(), 6);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_25_hours_has_all_its_pings_and_none_of_its_neighbours() {
    let text = config("", &user("test", 864_000.0, 60.0, ""));
    // In Riga it is a minute before midnight; at four in the morning it becomes three again.
    let mut app = Setup::new(text).at("2026-10-24T20:59:00Z").start().await;
    let answers = [
        ("2026-10-24T20:59:00Z", "26/10/24 23:59:00"),
        ("2026-10-24T21:00:00Z", "26/10/25 00:00:00"),
        ("2026-10-25T00:30:00Z", "26/10/25 03:30:00"),
        ("2026-10-25T01:30:00Z", "26/10/25 03:30:00"),
        ("2026-10-25T21:59:59Z", "26/10/25 23:59:59"),
        ("2026-10-25T22:00:00Z", "26/10/26 00:00:00"),
    ];
    ping_at_each(&mut app, &answers).await;
    assert_eq!(app.log("test", "26-10-24").await, ["23:59:00"]);
    assert_eq!(app.log("test", "26-10-25").await, ["00:00:00", "03:30:00", "03:30:00", "23:59:59"]);
    assert_eq!(app.log("test", "26-10-26").await, ["00:00:00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_23_hours_has_all_its_pings_and_none_of_its_neighbours() {
    let text = config("", &user("test", 864_000.0, 60.0, ""));
    let mut app = Setup::new(text).at("2027-03-27T21:59:59Z").start().await;
    let answers = [
        ("2027-03-27T21:59:59Z", "27/03/27 23:59:59"),
        ("2027-03-28T00:59:59Z", "27/03/28 02:59:59"),
        ("2027-03-28T01:00:00Z", "27/03/28 04:00:00"),
        ("2027-03-28T20:59:59Z", "27/03/28 23:59:59"),
        ("2027-03-28T21:00:00Z", "27/03/29 00:00:00"),
    ];
    ping_at_each(&mut app, &answers).await;
    assert_eq!(app.log("test", "27-03-27").await, ["23:59:59"]);
    assert_eq!(app.log("test", "27-03-28").await, ["02:59:59", "04:00:00", "23:59:59"]);
    assert_eq!(app.log("test", "27-03-29").await, ["00:00:00"]);
}

/// Pings at each of these instants, the machine asleep in between, and looks at the answers.
async fn ping_at_each(app: &mut TestApp, answers: &[(&str, &str)]) {
    for (instant, answer) in answers {
        let instant: jiff::Timestamp = instant.parse().unwrap();
        let ahead = instant.duration_since(app.clock().wall()).as_secs_f64();
        app.suspend(ahead).await;
        assert_eq!(app.ping("test").await.body, *answer);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_to_summer_time_moves_no_deadline() {
    let text = config("", &user("test", 120.0, 86_400.0, ""));
    let mut app = Setup::new(text).at("2027-03-28T00:59:00Z").start().await;
    app.advance(119.0).await;
    assert!(told(&app).await.is_empty());
    app.advance(3.0).await;
    let [mail] = app.mails().await.try_into().unwrap();
    assert!(mail.text.contains("added at 2027-03-28 02:59:00.000000"), "{}", mail.text);
}
