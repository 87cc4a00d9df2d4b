//! The outbox as people look through it: a part of its rows at a time, and what was given up sent again.

use super::Store;
use super::error::StoreError;
use super::reading::notification_view;
use super::sqlite::posted;
use super::view::NotificationView;
use super::view::RowState;

/// Rows of which the writer changes the state in one transaction: some milliseconds.
const ROWS_AT_ONCE: usize = 256;

/// Some of the rows of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All.
    All,
    /// What waits, and what is being sent.
    Waiting,
    /// What was accepted.
    Sent,
    /// What was given up.
    GivenUp,
    /// What was cancelled by a rule, or joined to another.
    Dropped,
}

impl Part {
    fn states(self) -> &'static [Option<RowState>] {
        match self {
            Self::All => &[None],
            Self::Waiting => &[Some(RowState::Queued), Some(RowState::Leased)],
            Self::Sent => &[Some(RowState::Sent)],
            Self::GivenUp => &[Some(RowState::GivenUp)],
            Self::Dropped => &[Some(RowState::Cancelled), Some(RowState::Joined)],
        }
    }
}

impl Store {
    /// Returns rows of a part of the outbox, latest first: those with lower numbers than `before`, or the latest.
    pub async fn outbox_part(
        &self,
        part: Part,
        before: Option<i64>,
        most: usize,
    ) -> Result<Vec<NotificationView>, StoreError> {
        let timeline = self.timeline().await?;
        self.look(move |connection| {
            let mut rows = Vec::new();
            for state in part.states() {
                rows.extend(posted::before(connection, *state, before.unwrap_or(i64::MAX), most)?);
            }
            rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
            rows.truncate(most);
            Ok(rows.into_iter().map(|row| notification_view(row, &timeline)).collect())
        })
        .await
    }

    /// Puts all mails that were given up back into the queue; returns how many there were.
    pub async fn send_all_again(&self) -> Result<usize, StoreError> {
        let (mut sent, mut after) = (0, 0);
        loop {
            let rows = self
                .write(move |desk| {
                    let rows = posted::given_up_after(desk.connection, after, ROWS_AT_ONCE)?;
                    for row in &rows {
                        desk.send_again(*row)?;
                    }
                    Ok(rows)
                })
                .await?;
            let Some(last) = rows.last() else { return Ok(sent) };
            sent += rows.len();
            after = *last;
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::retry::Refusal;
    use domain::time::Span;

    use super::*;
    use crate::store::stage::Stage;

    async fn ids(stage: &Stage, part: Part, before: Option<i64>, most: usize) -> Vec<i64> {
        let rows = stage.store().outbox_part(part, before, most).await.unwrap();
        rows.into_iter().map(|row| row.id).collect()
    }

    #[tokio::test]
    async fn each_part_of_the_outbox_is_shown_a_page_at_a_time() {
        let stage = Stage::open(&["a", "b", "c", "d"], &["a@example.org"]).await;
        stage.silence(Span::from_seconds(11)).await;
        let mails: Vec<_> = stage.store().lease(4).await.unwrap();
        stage.accept(&mails[0]).await;
        stage.refuse(&mails[1], Refusal::Unsendable).await;
        stage.refuse(&mails[2], Refusal::ServerSoft).await;
        assert_eq!(ids(&stage, Part::All, None, 3).await, [4, 3, 2]);
        assert_eq!(ids(&stage, Part::All, Some(2), 3).await, [1]);
        assert_eq!(ids(&stage, Part::Waiting, None, 3).await, [4, 3], "one is being sent");
        assert_eq!(ids(&stage, Part::Waiting, Some(4), 3).await, [3]);
        assert_eq!(ids(&stage, Part::Sent, None, 3).await, [1]);
        assert_eq!(ids(&stage, Part::GivenUp, None, 3).await, [2]);
        assert_eq!(ids(&stage, Part::Dropped, None, 3).await, [] as [i64; 0]);
    }

    #[tokio::test]
    async fn all_that_was_given_up_is_sent_again() {
        let names: Vec<String> = (0..600).map(|number| format!("test{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let stage = Stage::open(&names, &["a@example.org"]).await;
        stage.silence(Span::from_seconds(11)).await;
        let digest = stage.lease().await.unwrap();
        stage.refuse(&digest, Refusal::Unsendable).await;
        assert_eq!(stage.store().outbox().await.unwrap().given_up, 600);
        assert_eq!(stage.store().send_all_again().await.unwrap(), 600);
        assert_eq!(stage.store().send_all_again().await.unwrap(), 0);
        let mails = stage.lease().await.unwrap();
        assert_eq!(mails.facts.len(), 600);
    }
}
