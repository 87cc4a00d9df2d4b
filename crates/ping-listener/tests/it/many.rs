//! Many users and many pings at once: each is recorded, each at its right side of the deadline, and found again later.

use std::fmt::Write as _;

use domain::time::Span;
use tokio::task::JoinSet;

use rig::app::{TestApp, config, logs_target, span, start, user};
use rig::client;

/// Longer than any story lasts.
const NEVER: f64 = 300_000_000.0;

/// Rooms that act whenever something is due.
const EAGER: &str = r#""base_frequency": 0, "email_processing_frequency": 0,"#;

fn users(count: usize, max_sleep: f64) -> String {
    let mut users = String::new();
    for n in 0..count {
        write!(users, "{}{}", if n == 0 { "" } else { "," }, user(&format!("u{n}"), max_sleep, NEVER, ""))
            .unwrap();
    }
    users
}

/// Sends all these pings at once and returns how many were taken.
async fn ping_all(app: &TestApp, names: impl Iterator<Item = String>) -> usize {
    let address = app.address();
    let mut pings = JoinSet::new();
    for name in names {
        let target = format!("/ping?username={name}");
        pings.spawn(async move { client::request(address, "GET", &target, &[], "").await.status });
    }
    pings.join_all().await.into_iter().filter(|status| *status == 200).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_pings_at_once_to_a_thousand_users_are_all_recorded() {
    let mut app = start(config("", &users(1_000, 10.0))).await;
    assert_eq!(ping_all(&app, (0..1_000).map(|n| format!("u{n}"))).await, 1_000);
    for check in app.common().store.checks().await.unwrap() {
        assert!(check.last_ping.is_some(), "{}", check.name);
    }
    for name in ["u0", "u500", "u999"] {
        assert_eq!(app.log(name, "26-11-21").await, ["09:05:00"]);
    }
    app = app.kill(|_| ()).await;
    for check in app.common().store.checks().await.unwrap() {
        assert!(check.last_ping.is_some(), "{}", check.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_users_that_fall_silent_together_are_one_mail() {
    let mut app = start(config("", &users(1_000, 10.0))).await;
    app.advance(15.0).await;
    let [mail] = app.mails().await.try_into().unwrap();
    assert_eq!(mail.subject, "1000 disconnections detected");
    for n in 0..1_000 {
        assert!(mail.text.contains(&format!("\nUser u{n}\n")), "u{n}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_hammered_with_pings_at_its_deadline_is_never_late_and_loses_none() {
    let mut app = start(config(EAGER, &user("test", 1.0, NEVER, ""))).await;
    let mut taken = 0;
    for _ in 0..40 {
        let store = app.common().store.clone();
        // At the last instant that is in time, passes and pings race each other.
        let passes = async {
            for _ in 0..10 {
                store.pass().await.unwrap();
            }
        };
        let (count, ()) = tokio::join!(ping_all(&app, (0..20).map(|_| "test".to_owned())), passes);
        taken += count;
        app.advance(1.0).await;
        assert!(app.mails().await.is_empty());
    }
    assert_eq!(taken, 800);
    assert_eq!(app.log("test", "26-11-21").await.len(), 800);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_stamped_at_or_before_the_deadline_is_in_time() {
    let mut app = start(config(EAGER, &user("test", 3.0, NEVER, ""))).await;
    app.pings("test").await;
    for early in [5, 4, 3, 2, 1, 0, 0] {
        app.advance(2.9).await;
        // The clock moves without a turn for anybody, so that ping and pass come together.
        app.clock().advance(Span::from_millis(100 - early));
        app.pings("test").await;
        app.common().store.pass().await.unwrap();
    }
    app.advance(0.5).await;
    assert!(app.mails().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_after_the_deadline_is_late_only_if_a_pass_came_first() {
    for is_pass_first in [false, true] {
        let mut app = start(config(EAGER, &user("test", 3.0, NEVER, ""))).await;
        app.pings("test").await;
        app.advance(2.9).await;
        app.clock().advance(Span::from_millis(105));
        if is_pass_first {
            app.common().store.pass().await.unwrap();
        }
        app.pings("test").await;
        app.advance(0.5).await;
        assert_eq!(app.mails().await.len(), usize::from(is_pass_first));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_reads_the_same_before_and_after_its_pings_are_sorted() {
    let keys = r#""base_frequency": 60, "email_processing_frequency": 60,"#;
    let names = [user("a", NEVER, NEVER, ""), user("b", NEVER, NEVER, "")];
    let mut app = start(config(keys, &names.join(","))).await;
    let mut answered = Vec::new();
    for minute in 0..90 {
        // Sorting begins every ten minutes: a day is read from the log, from the history, and from both.
        app.advance(59.3).await;
        answered.push(app.ping("a").await.body[9..].to_owned());
        if minute % 7 == 0 {
            app.pings("b").await;
            assert_eq!(app.log("a", "26-11-21").await, answered);
        }
        if minute == 45 {
            app = app.restart(|clock| clock.advance(span(3.0))).await;
        }
        if minute == 60 {
            app = app.kill(|clock| clock.advance(span(3.0))).await;
        }
    }
    assert_eq!(app.log("a", "26-11-21").await, answered);
    assert_eq!(app.log("b", "26-11-21").await.len(), 13);
    app.advance(700.0).await;
    assert_eq!(app.common().store.unsorted_pings(), 0);
    assert_eq!(app.log("a", "26-11-21").await, answered);
    assert_eq!(app.log("b", "26-11-21").await.len(), 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_reads_the_same_while_its_pings_are_being_sorted() {
    // More than are sorted in one transaction.
    let app = start(config("", &users(1_200, NEVER))).await;
    for _ in 0..3 {
        assert_eq!(ping_all(&app, (0..1_200).map(|n| format!("u{n}"))).await, 1_200);
    }
    let store = app.common().store.clone();
    let sorting = tokio::spawn(async move { store.sort().await.unwrap() });
    let mut reads = 0;
    while reads < 6 || !sorting.is_finished() {
        let name = ["u0", "u600", "u1199"][reads % 3];
        assert_eq!(app.log(name, "26-11-21").await, ["09:05:00"; 3], "{name}");
        reads += 1;
    }
    assert_eq!(sorting.await.unwrap(), 3_600);
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_forgotten_after_its_days_and_the_page_says_why() {
    let keys = r#""history_days": 2,"#;
    let mut app = start(config(keys, &user("test", NEVER, NEVER, ""))).await;
    app.pings("test").await;
    // Sorted after ten minutes; then two nights.
    app.advance(700.0).await;
    for _ in 0..2 {
        app.suspend(86_400.0).await;
        app.pings("test").await;
        app.advance(700.0).await;
    }
    // History goes by whole hours.
    app.suspend(3_600.0).await;
    app.advance(10.0).await;
    assert_eq!(app.log("test", "26-11-21").await, Vec::<String>::new());
    assert_eq!(app.log("test", "26-11-22").await.len(), 1);
    assert_eq!(app.log("test", "26-11-23").await.len(), 1);
    app.suspend(86_400.0).await;
    app.advance(10.0).await;
    let why = "Pings are kept for 2 days; older ones are not shown.";
    assert!(app.page(&logs_target("test", "26-11-21")).await.contains(why));
    assert!(!app.page(&logs_target("test", "26-11-23")).await.contains(why));
    let [check] = app.common().store.checks().await.unwrap().try_into().unwrap();
    assert!(check.last_ping.is_some(), "state outlives history");
}
