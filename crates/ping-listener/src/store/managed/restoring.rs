//! Restoring: from the database to the shelf, at a start.

use std::sync::Arc;

use domain::id::CheckId;
use domain::managed::{Due, Plan};
use domain::ping::Signal;
use domain::time::Span;
use rusqlite::Connection;

use super::planted;
use super::settings::Settings;
use super::shelf::{Shelf, Slot};
use crate::store::book::NEVER;
use crate::store::log::LoggedPing;
use crate::store::sqlite::database::schema_version;
use crate::store::sqlite::managed;

impl Shelf {
    /// Reads every managed check, as of its row. The schema may be an older one, which has none.
    pub(in crate::store) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut shelf = Self::default();
        if schema_version(connection)? < managed::SINCE {
            return Ok(shelf);
        }
        let any = Arc::new(Plan {
            due: Due::Every(Span::ZERO),
            grace: Span::ZERO,
            max_runtime: None,
            has_manual_resume: false,
        });
        managed::each(connection, &any, |mut row| {
            planted::distort_restored(&mut row.check);
            let settings: Settings = row.settings;
            row.check.plan = shelf.plans.plan(&settings);
            let slot = Slot {
                uuid: row.uuid,
                badge_key: row.badge_key,
                filter: shelf.plans.filter(&settings),
                settings: Arc::new(settings),
                check: row.check,
                queued_at: NEVER,
            };
            shelf.put(row.id, Some(Box::new(slot)));
        })?;
        if let Some(index) = managed::highest(connection)?.and_then(CheckId::managed_index) {
            shelf.grow(usize::try_from(index).unwrap_or(0));
        }
        Ok(shelf)
    }

    /// Takes note of a ping of the log, unless its check's row or its page knows it: one that only changed how many
    /// there were and when the last was.
    pub(in crate::store) fn note_logged(&mut self, ping: &LoggedPing<'_>) {
        let Some(detail) = ping.detail.as_ref().filter(|_| planted::reads_log_of_jobs()) else { return };
        let counts = match detail.signal {
            Signal::Success | Signal::Fail => true,
            Signal::Start | Signal::Log | Signal::Ignored => false,
        };
        self.note_ping(ping.check, detail.n, counts.then_some(ping.at));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::changes::Author;
    use crate::store::managed::settings::Edit;
    use crate::store::managed::viewing::View;
    use crate::store::stage::Stage;

    const RECIPIENTS: [&str; 1] = ["a@example.org"];

    /// Everything that can be seen of a check, but for what the restart itself excuses.
    fn in_words(view: View) -> String {
        format!("{:?}", View { deadline: None, next_ping: None, extended: Span::ZERO, ..view })
    }

    async fn assert_kept(mut stage: Stage, check: CheckId, when: &str) -> Stage {
        let before = stage.seen(check).await;
        stage.crash().await;
        let after = stage.seen(check).await;
        assert_eq!(in_words(after), in_words(before), "{when}");
        stage.start(&["declared"], &RECIPIENTS, crate::store::stage::POLICY).await;
        stage
    }

    #[tokio::test]
    async fn a_crash_leaves_a_check_as_its_last_answered_ping_did() {
        for is_sorted in [false, true] {
            let mut stage = Stage::open(&["declared"], &RECIPIENTS).await;
            let check = stage.make("job").await.id;
            let run = |number| Some(Uuid::from_u128(number));
            let said = [
                (Signal::Log, None),
                (Signal::Success, None),
                (Signal::Success, None),
                (Signal::Start, run(1)),
                (Signal::Start, run(2)),
                (Signal::Success, run(2)),
                (Signal::Success, run(3)),
                (Signal::Log, None),
                (Signal::Fail, run(4)),
                (Signal::Fail, run(4)),
                (Signal::Ignored, None),
                (Signal::Success, None),
            ];
            for (number, (signal, rid)) in said.into_iter().enumerate() {
                stage.advance(Span::from_seconds(1));
                stage.signal_of_run(check, signal, rid).await.unwrap();
                if is_sorted {
                    stage.store().sort().await.unwrap();
                }
                stage = assert_kept(stage, check, &format!("ping {number}, sorted: {is_sorted}")).await;
            }
            assert_eq!(stage.seen(check).await.pings, 12);
            stage.store().pause(check, Author::Person).await.unwrap();
            stage = assert_kept(stage, check, "paused").await;
            stage.store().resume(check, Author::Person).await.unwrap();
            stage = assert_kept(stage, check, "resumed").await;
            let edit = Edit {
                tz: Some("Europe/Riga".to_owned()),
                schedule: Some("weekly".to_owned()),
                ..Edit::default()
            };
            stage.store().edit(check, edit, Author::Person).await.unwrap();
            stage = assert_kept(stage, check, "edited").await;
            stage.signal(check, Signal::Success).await.unwrap();
            assert_kept(stage, check, "up by a calendar").await;
        }
    }

    #[tokio::test]
    async fn a_plain_success_touches_no_row() {
        let stage = Stage::open(&["declared"], &RECIPIENTS).await;
        let check = stage.make("job").await.id;
        for _ in 0..3 {
            stage.signal(check, Signal::Success).await.unwrap();
        }
        let rows = "SELECT pings FROM managed_states";
        let pings: u64 = stage
            .store()
            .look(move |connection| connection.query_row(rows, [], |row| row.get(0)))
            .await
            .unwrap();
        assert_eq!((pings, stage.seen(check).await.pings), (1, 3), "the first brought it up");
    }

    #[tokio::test]
    async fn a_check_that_was_silent_over_a_restart_is_still_reported() {
        let stage = Stage::open(&["declared"], &RECIPIENTS).await;
        let check = stage.make("job").await.id;
        stage.signal(check, Signal::Success).await.unwrap();
        let stage = stage.restart(&["declared"], &RECIPIENTS).await;
        stage.silence(Span::from_seconds(300)).await;
        assert!(stage.seen(check).await.down.is_some());
    }

    #[tokio::test]
    async fn nothing_is_left_of_a_deleted_check() {
        let stage = Stage::open(&["declared"], &RECIPIENTS).await;
        let check = stage.make("job").await.id;
        for signal in [Signal::Success, Signal::Fail, Signal::Success] {
            stage.signal(check, signal).await.unwrap();
        }
        stage.store().delete(check).await.unwrap();
        stage.store().sort().await.unwrap();
        let (long_ago, _) = stage.all_time();
        stage.store().forget(long_ago).await.unwrap();
        for table in ["managed", "managed_states", "managed_pings", "managed_deleted"] {
            let count = format!("SELECT count(*) FROM {table}");
            let rows: u64 = stage
                .store()
                .look(move |connection| connection.query_row(&count, [], |row| row.get(0)))
                .await
                .unwrap();
            assert_eq!(rows, 0, "{table}");
        }
        assert_eq!(stage.store().flips_of(check, None, None).await.unwrap(), []);
    }
}
