//! What its owner lets everybody see on the status page.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Store;
use super::error::StoreError;
use super::sqlite::settings;

/// The name of the setting.
const SETTING: &str = "status_page";

/// What is on the status page, and whether there is one. Nothing is shown before somebody says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusPage {
    /// Everybody may see it.
    pub is_on: bool,
    /// What it is called.
    pub title: String,
    /// All checks are on it.
    pub has_all: bool,
    /// Checks with one of these tags are on it.
    pub tags: Vec<String>,
    /// And these, in this order; some may have been deleted.
    pub checks: Vec<Uuid>,
}

/// What is kept of it, in JSON.
#[derive(Serialize, Deserialize)]
struct Kept {
    is_on: bool,
    title: String,
    has_all: bool,
    tags: Vec<String>,
    checks: Vec<String>,
}

impl StatusPage {
    fn kept(&self) -> String {
        let Self { is_on, title, has_all, tags, checks } = self.clone();
        let checks = checks.iter().map(|uuid| uuid.hyphenated().to_string()).collect();
        let kept = Kept { is_on, title, has_all, tags, checks };
        serde_json::to_string(&kept).expect("plain text can be written as JSON")
    }

    fn read(json: &str) -> Option<Self> {
        let Kept { is_on, title, has_all, tags, checks } = serde_json::from_str(json).ok()?;
        let checks = checks.iter().filter_map(|uuid| Uuid::try_parse(uuid).ok()).collect();
        Some(Self { is_on, title, has_all, tags, checks })
    }
}

impl Store {
    /// Returns what is on the status page.
    pub async fn status_page(&self) -> Result<StatusPage, StoreError> {
        let kept = self.look(|connection| settings::find(connection, SETTING)).await?;
        // A newer version may have written what this one does not know: then nothing is shown.
        Ok(kept.and_then(|json| StatusPage::read(&json)).unwrap_or_default())
    }

    /// Puts something else on it.
    pub async fn set_status_page(&self, page: &StatusPage) -> Result<(), StoreError> {
        let json = page.kept();
        self.write(move |desk| settings::save(desk.connection, SETTING, &json)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::stage::Stage;

    #[tokio::test]
    async fn nothing_is_shown_before_its_owner_says_so_and_the_same_after_a_restart() {
        let stage = Stage::open(&["declared"], &["a@example.org"]).await;
        assert_eq!(stage.store().status_page().await.unwrap(), StatusPage::default());
        assert!(!StatusPage::default().is_on);
        let page = StatusPage {
            is_on: true,
            title: "Wärme".to_owned(),
            has_all: false,
            tags: vec!["prod".to_owned()],
            checks: vec![Uuid::from_u128(7)],
        };
        stage.store().set_status_page(&page).await.unwrap();
        let stage = stage.restart(&["declared"], &["a@example.org"]).await;
        assert_eq!(stage.store().status_page().await.unwrap(), page);
    }
}
