//! Laws of the past: what pages draw agrees with what happened.

use domain::gap::Gap;
use domain::id::CheckId;
use domain::ping::Signal;
use domain::time::Span;
use jiff::civil::{Date, date};

use super::{Cell, Past};
use crate::store::managed::settings::Edit;
use crate::store::stage::Stage;

const RECIPIENTS: [&str; 1] = ["a@example.org"];
const MINUTE: Span = Span::from_minutes(1);

/// The day on which every stage begins, at 09:00.
const BEGIN: Date = date(2027, 1, 15);

fn wall(stage: &Stage) -> jiff::Timestamp {
    stage.all_time().1 - jiff::SignedDuration::from_hours(1)
}

/// Returns the past of a check in so many minutes up to now.
async fn minutes(stage: &Stage, check: CheckId, minutes: i64) -> Vec<Cell> {
    let until = wall(stage);
    let from = until - jiff::SignedDuration::from_mins(minutes);
    let cells = usize::try_from(minutes).unwrap();
    let mut past = stage.store().recent_past(vec![check], from, until, cells).await.unwrap();
    assert_eq!(past.len(), 1);
    past.remove(0).cells
}

fn seconds(spans: impl IntoIterator<Item = Span>) -> Vec<i64> {
    spans.into_iter().map(|span| span.as_micros() / 1_000_000).collect()
}

#[tokio::test]
async fn a_strip_shows_pings_silence_and_absences_where_they_were() {
    let stage = Stage::open(&["test"], &RECIPIENTS).await;
    let check = stage.store().find("test").unwrap().id;
    for _ in 0..12 {
        stage.ping("test").await;
        stage.advance(Span::from_seconds(5));
    }
    stage.advance(MINUTE);
    let from = stage.now();
    stage.store().pass().await.unwrap();
    stage.advance(MINUTE);
    stage.store().add_gap(Gap { from, until: from + Span::from_seconds(20) }, "stall").await.unwrap();
    for is_sorted in [false, true] {
        if is_sorted {
            stage.store().sort().await.unwrap();
        }
        let cells = minutes(&stage, check, 4).await;
        assert_eq!(cells.iter().map(|cell| cell.pings).collect::<Vec<_>>(), [0, 12, 0, 0]);
        assert_eq!(cells.iter().map(|cell| cell.downs).collect::<Vec<_>>(), [0, 0, 1, 0]);
        assert_eq!(
            seconds(cells.iter().map(|cell| cell.down)),
            [0, 0, 55, 40],
            "from 10 s after the last ping on"
        );
        assert_eq!(seconds(cells.iter().map(|cell| cell.away)), [0, 0, 0, 20]);
        assert_eq!(seconds(cells.iter().map(|cell| cell.known)), [0, 60, 60, 60]);
        assert_eq!(
            seconds(cells.iter().map(|cell| cell.late)),
            [0; 4],
            "nobody grants it more than its period"
        );
    }
}

#[tokio::test]
async fn lateness_begins_when_a_ping_is_due_and_ends_with_it_or_with_a_flip() {
    let stage = Stage::open(&[], &RECIPIENTS).await;
    let cron =
        |schedule: &str| Edit { schedule: Some(schedule.to_owned()), grace: Some(1_800), ..Edit::default() };
    for edit in [
        Edit { timeout: Some(60), grace: Some(1_800), ..Edit::default() },
        cron("* * * * *"),
        cron("*-*-* *:*:00"),
    ] {
        let check = stage.make_as(edit).await.id;
        stage.signal(check, Signal::Success).await.unwrap();
        stage.advance(MINUTE + MINUTE);
        stage.signal(check, Signal::Success).await.unwrap();
        stage.advance(MINUTE + Span::from_seconds(30));
        stage.store().pause(check, crate::store::changes::Author::Person).await.unwrap();
        stage.advance(Span::from_seconds(30));
        let cells = minutes(&stage, check, 4).await;
        assert_eq!(seconds(cells.iter().map(|cell| cell.late)), [0, 60, 0, 30], "{check}");
    }
}

#[tokio::test]
async fn a_moment_after_the_time_is_on_time() {
    let stage = Stage::open(&[], &RECIPIENTS).await;
    let hourly = Edit { timeout: Some(60), grace: Some(3_600), ..Edit::default() };
    let check = stage.make_as(hourly).await.id;
    for late in [36, 37, 0] {
        stage.signal(check, Signal::Success).await.unwrap();
        stage.advance(MINUTE + Span::from_seconds(late));
    }
    stage.signal(check, Signal::Success).await.unwrap();
    let cells = minutes(&stage, check, 4).await;
    let late: i64 = seconds(cells.iter().map(|cell| cell.late)).into_iter().sum();
    assert_eq!(late, 37, "a hundredth of the grace is a moment, and more is none");
}

#[tokio::test]
async fn who_was_down_before_is_down_from_the_beginning() {
    let stage = Stage::open(&[], &RECIPIENTS).await;
    let check = stage.make("job").await.id;
    stage.signal(check, Signal::Fail).await.unwrap();
    stage.advance(MINUTE + MINUTE + MINUTE);
    stage.signal(check, Signal::Success).await.unwrap();
    stage.advance(Span::from_seconds(30));
    let cells = minutes(&stage, check, 2).await;
    assert_eq!(seconds(cells.iter().map(|cell| cell.down)), [60, 30]);
    assert_eq!(cells.iter().map(|cell| (cell.pings, cell.downs)).collect::<Vec<_>>(), [(0, 0), (1, 0)]);
}

#[tokio::test]
async fn days_and_months_are_those_of_the_calendar_here() {
    let stage = Stage::open(&["test"], &RECIPIENTS).await;
    let check = stage.store().find("test").unwrap().id;
    stage.ping("test").await;
    stage.silence(Span::from_hours(16)).await;
    stage.silence(MINUTE).await;
    stage.ping("test").await;
    let days = stage.store().days(check, date(2027, 1, 14), date(2027, 1, 17)).await.unwrap();
    let seen: Vec<_> = days.iter().map(|day| (day.date, day.cell.pings, day.cell.downs)).collect();
    assert_eq!(seen, [(date(2027, 1, 14), 0, 0), (BEGIN, 1, 1), (date(2027, 1, 16), 1, 0)]);
    assert_eq!(seconds(days.iter().map(|day| day.cell.down)), [0, 15 * 3_600 - 10, 3_660]);
    let months = stage.store().downtime_by_month(check, 2).await.unwrap();
    assert_eq!(
        months.iter().map(|month| month.first).collect::<Vec<_>>(),
        [date(2026, 12, 1), date(2027, 1, 1)]
    );
    assert_eq!((months[0].cell, months[1].cell.downs), (Cell::default(), 1));
    assert_eq!(seconds([months[1].cell.down, months[1].cell.known]), [16 * 3_600 + 50, 16 * 3_600 + 60]);
    assert!(months[1].cell.uptime().unwrap() < 0.001);
}

#[tokio::test]
async fn a_page_of_checks_is_looked_at_together_and_who_is_gone_is_left_out() {
    let stage = Stage::open(&["a", "b"], &RECIPIENTS).await;
    let [a, b] = ["a", "b"].map(|name| stage.store().find(name).unwrap().id);
    let gone = stage.make("job").await.id;
    stage.store().delete(gone).await.unwrap();
    stage.ping("b").await;
    stage.advance(MINUTE);
    let (from, until) = stage.all_time();
    let past = stage.store().recent_past(vec![b, gone, a], from, until, 1).await.unwrap();
    let pings: Vec<_> = past.iter().map(|Past { check, cells }| (*check, cells[0].pings)).collect();
    assert_eq!(pings, [(b, 1), (a, 0)]);
    assert_eq!(
        stage.store().recent_past(vec![a], until, from, 3).await.unwrap()[0].cells,
        [Cell::default(); 3]
    );
}

#[tokio::test]
async fn a_rhythm_is_that_of_the_ends_of_runs() {
    let stage = Stage::open(&["test"], &RECIPIENTS).await;
    let (declared, job) = (stage.store().find("test").unwrap().id, stage.make("job").await.id);
    for round in 0..5 {
        stage.ping("test").await;
        stage.signal(job, Signal::Start).await.unwrap();
        stage.advance(Span::from_seconds(7));
        stage.signal(job, if round == 2 { Signal::Fail } else { Signal::Success }).await.unwrap();
        stage.advance(Span::from_seconds(53));
        if round == 3 {
            stage.store().sort().await.unwrap();
        }
    }
    for check in [declared, job] {
        let intervals = stage.store().intervals(check, 3).await.unwrap();
        assert_eq!(seconds(intervals.iter().map(|interval| interval.length)), [60; 3], "{check}");
        assert!(intervals.is_sorted_by_key(|interval| interval.at));
        assert_eq!(stage.store().intervals(check, 1_000).await.unwrap().len(), 4);
    }
    let runs = stage.store().ended_runs(job).await.unwrap();
    assert_eq!(seconds(runs.iter().map(|run| run.length)), [7; 5]);
    assert_eq!(runs.iter().position(|run| run.has_failed), Some(2));
    assert_eq!(stage.store().ended_runs(declared).await.unwrap(), []);
}
