//! A wall clock that is set by any length, at any moment, by hand or after a boot without a battery.

use domain::time::Span;
use ping_listener::random::Random;
use rig::app::{TestApp, config, span, start, user};

use super::{DECADE, alive_and_dead, booted_wrongly, half_minutes, told};

const CALM: &str = r#""base_frequency": 5, "email_processing_frequency": 5,"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_any_length_at_any_moment_raises_no_alarm_and_hides_none() {
    for length in [1.0, 60.0, 86_400.0, DECADE / 10.0, DECADE] {
        for step in [length, -length] {
            for moment in [0.5, 29.0, 59.9] {
                let mut app = alive_and_dead("").await;
                half_minutes(&mut app, 1).await;
                app.advance(0.4).await;
                app.pings("dead").await;
                app.advance(moment / 2.0).await;
                app.clock().step_wall(span(step));
                app.advance(29.5 - moment / 2.0).await;
                app.pings("alive").await;
                half_minutes(&mut app, 5).await;
                assert_eq!(told(&app).await, ["dead"], "{step} {moment}");
                // By a step forward the report comes a max_sleep later at most, by one back not at all.
                let at = app.common().store.notifications(1).await.unwrap()[0].decided;
                let at = (at.as_microsecond() - app.common().clock.wall_offset_micros()) / 1_000_000;
                let begin = rig::app::BEGIN.parse::<jiff::Timestamp>().unwrap().as_second();
                assert!((at - begin) <= if 2.0 < step { 153 } else { 93 }, "{step} {moment}: {}", at - begin);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_without_a_battery_is_mended_by_the_network_and_blames_nobody() {
    for wrong in ["1970-01-01T00:00:30Z", "2000-01-01T00:00:00Z", "2038-01-19T03:14:08Z"] {
        for synchronised in [Some(true), Some(false), None] {
            let mut app = alive_and_dead("").await;
            half_minutes(&mut app, 1).await;
            let right = app.clock().wall();
            app = booted_wrongly(app, wrong, synchronised).await;
            half_minutes(&mut app, 1).await;
            assert!(told(&app).await.is_empty(), "{wrong} {synchronised:?}");
            app.clock().set_wall(right + jiff::SignedDuration::from_mins(4));
            app.clock().set_synchronised(Some(true));
            half_minutes(&mut app, 7).await;
            assert_eq!(told(&app).await, ["dead"], "{wrong} {synchronised:?}");
            assert!(app.troubles().await.iter().all(|trouble| !trouble.contains("clock")));
            // What is shown is right again.
            assert!(app.ping("alive").await.body.starts_with("26/11/21 09:"), "{wrong} {synchronised:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_days_of_steps_restarts_and_reboots_blame_nobody_and_hide_nobody() {
    let random = Random::from_seed(11);
    let users = [user("alive", 3_600.0, 864_000.0, ""), user("dead", 3_600.0, 864_000.0, "")];
    let mut app = start(config(CALM, &users.join(","))).await;
    for round in 0..96 {
        app = half_an_hour(app, &random, round).await;
        // Once a day a client dies, and comes back six hours later.
        if (40..52).contains(&(round % 48)) {
            continue;
        }
        app.pings("dead").await;
    }
    app.advance(60.0).await;
    assert_eq!(told(&app).await, ["dead", "dead"]);
}

/// Half an hour with a step somewhere, and now and then an end of the server or of the machine.
async fn half_an_hour(mut app: TestApp, random: &Random, round: u32) -> TestApp {
    let first = 900.0 + 600.0 * random.unit();
    app.advance(first).await;
    let lengths = [1.0, 5.0, 60.0, 3_600.0, 86_400.0, DECADE / 10.0];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of six")]
    let length = lengths[(random.unit() * 6.0) as usize];
    app.clock().step_wall(span(if round.is_multiple_of(2) { length } else { -length }));
    app = match round % 16 {
        3 => app.restart(|clock| clock.advance(span(5.0))).await,
        7 => app.kill(|clock| clock.advance(span(20.0))).await,
        11 => app.restart(|clock| clock.reboot(Span::from_minutes(3))).await,
        _ => app,
    };
    app.advance(1_700.0 - first).await;
    app.pings("alive").await;
    app
}
