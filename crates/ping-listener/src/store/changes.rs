//! Changes: who changed what of a check, and when.

use domain::id::CheckId;

use super::Store;
use super::apply::Desk;
use super::error::StoreError;
use super::managed::settings::Settings;
use super::sqlite::changes::{self, ChangeRow};
use super::sqlite::managed::kind_word;

/// Changes that are kept of a check: years of them, for most.
const CHANGES_MAX: usize = 200;

/// Characters of a text that are kept: a description may be long.
const TEXT_CHARS_MAX: usize = 1_000;

/// Who changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// Somebody who is signed in.
    Person,
    /// A program with the key that begins so.
    Key(String),
    /// An import from another server.
    Import,
    /// The first ping of a slug.
    Ping,
}

/// What somebody did to a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It was made.
    Made,
    /// Something else is asked of it.
    Edited,
    /// It was paused.
    Paused,
    /// It was resumed.
    Resumed,
    /// No mail about it goes out until then.
    Snoozed(jiff::Timestamp),
    /// Mails about it go out again.
    SnoozeEnded,
}

/// A change of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: jiff::Timestamp,
    /// Who did it.
    pub author: Author,
    /// What was done.
    pub deed: Deed,
    /// What is asked of the check otherwise than before; empty but for [`Deed::Edited`].
    pub fields: Vec<FieldChange>,
}

/// What was asked of a check before a change, and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// What it is, as [`Settings`] calls it.
    pub field: &'static str,
    /// What it was; empty if it was not set.
    pub old: String,
    /// What it is; empty if it is not set.
    pub new: String,
}

/// What can be asked, and how it is written down.
type Field = (&'static str, fn(&Settings) -> String);

/// Everything that can be asked.
const FIELDS: [Field; 20] = [
    ("name", |settings| settings.name.clone()),
    ("slug", |settings| settings.slug.clone()),
    ("tags", |settings| settings.tags.clone()),
    ("desc", |settings| settings.desc.clone()),
    ("kind", |settings| kind_word(settings.kind).to_owned()),
    ("timeout", |settings| settings.timeout.to_string()),
    ("grace", |settings| settings.grace.to_string()),
    ("schedule", |settings| settings.schedule.clone()),
    ("tz", |settings| settings.tz.clone()),
    ("max_runtime", |settings| settings.max_runtime.map_or_else(String::new, |limit| limit.to_string())),
    ("is_post_only", |settings| settings.is_post_only.to_string()),
    ("manual_resume", |settings| settings.manual_resume.to_string()),
    ("filter_subject", |settings| settings.filter_subject.to_string()),
    ("filter_body", |settings| settings.filter_body.to_string()),
    ("filter_http_body", |settings| settings.filter_http_body.to_string()),
    ("filter_default_fail", |settings| settings.filter_default_fail.to_string()),
    ("start_kw", |settings| settings.start_kw.clone()),
    ("success_kw", |settings| settings.success_kw.clone()),
    ("failure_kw", |settings| settings.failure_kw.clone()),
    ("is_told", |settings| settings.is_told.to_string()),
];

impl Store {
    /// Returns the latest changes of a check, at most 200, latest first.
    pub async fn changes_of(&self, check: CheckId, most: usize) -> Result<Vec<Change>, StoreError> {
        self.look(move |connection| {
            let rows = changes::latest(connection, check, most.min(CHANGES_MAX))?;
            // What a newer version wrote may be of a kind that is not known.
            Ok(rows.iter().filter_map(read).collect())
        })
        .await
    }
}

impl Desk<'_> {
    /// Notes what was done to a check.
    pub(super) fn note_change(
        &mut self,
        check: CheckId,
        author: &Author,
        deed: &Deed,
    ) -> rusqlite::Result<()> {
        self.write_change(check, author, deed, &[])
    }

    /// Notes that something else is asked of a check.
    pub(super) fn note_edit(
        &mut self,
        check: CheckId,
        author: &Author,
        (before, after): (&Settings, &Settings),
    ) -> rusqlite::Result<()> {
        self.write_change(check, author, &Deed::Edited, &differences(before, after))
    }

    fn write_change(
        &mut self,
        check: CheckId,
        author: &Author,
        deed: &Deed,
        fields: &[FieldChange],
    ) -> rusqlite::Result<()> {
        let fields: Vec<_> = fields.iter().map(|change| (change.field, &change.old, &change.new)).collect();
        let row = ChangeRow {
            at: self.book.timeline.wall(self.now),
            author: author_in_words(author),
            deed: deed_in_words(deed),
            fields: serde_json::to_string(&fields).expect("texts can be written"),
        };
        changes::insert(self.connection, check, &row, CHANGES_MAX)
    }
}

fn differences(before: &Settings, after: &Settings) -> Vec<FieldChange> {
    let changes = FIELDS.iter().map(|(field, text)| (*field, text(before), text(after)));
    let differing = changes.filter(|(_, old, new)| old != new);
    differing
        .map(|(field, old, new)| FieldChange { field, old: shortened(old), new: shortened(new) })
        .collect()
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(TEXT_CHARS_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn author_in_words(author: &Author) -> String {
    match author {
        Author::Person => "person".to_owned(),
        Author::Key(prefix) => format!("key {prefix}"),
        Author::Import => "import".to_owned(),
        Author::Ping => "ping".to_owned(),
    }
}

fn deed_in_words(deed: &Deed) -> String {
    match deed {
        Deed::Made => "made".to_owned(),
        Deed::Edited => "edited".to_owned(),
        Deed::Paused => "paused".to_owned(),
        Deed::Resumed => "resumed".to_owned(),
        Deed::Snoozed(until) => format!("snoozed {}", until.as_microsecond()),
        Deed::SnoozeEnded => "snooze ended".to_owned(),
    }
}

/// Reads a change, or returns `None` if it makes no sense.
fn read(row: &ChangeRow) -> Option<Change> {
    let author = match &*row.author {
        "person" => Author::Person,
        "import" => Author::Import,
        "ping" => Author::Ping,
        key => Author::Key(key.strip_prefix("key ")?.to_owned()),
    };
    let deed = match &*row.deed {
        "made" => Deed::Made,
        "edited" => Deed::Edited,
        "paused" => Deed::Paused,
        "resumed" => Deed::Resumed,
        "snooze ended" => Deed::SnoozeEnded,
        snoozed => Deed::Snoozed(crate::clock::wall_time(snoozed.strip_prefix("snoozed ")?.parse().ok()?)),
    };
    let fields: Vec<(String, String, String)> = serde_json::from_str(&row.fields).ok()?;
    let known = |(field, old, new): (String, String, String)| {
        let (field, _) = FIELDS.iter().find(|(name, _)| *name == field)?;
        Some(FieldChange { field, old, new })
    };
    Some(Change { at: row.at, author, deed, fields: fields.into_iter().filter_map(known).collect() })
}

#[cfg(test)]
mod tests {
    use domain::time::Span;

    use super::*;
    use crate::store::managed::settings::Edit;
    use crate::store::managed::{Provisioned, adopting::Adopted};
    use crate::store::stage::Stage;

    fn change(field: &'static str, old: &str, new: &str) -> FieldChange {
        FieldChange { field, old: old.to_owned(), new: new.to_owned() }
    }

    async fn deeds(stage: &Stage, check: CheckId) -> Vec<(Author, Deed)> {
        let changes = stage.store().changes_of(check, 1_000).await.unwrap();
        changes.into_iter().map(|change| (change.author, change.deed)).collect()
    }

    #[tokio::test]
    async fn a_check_remembers_who_changed_what_of_it() {
        let stage = Stage::open(&[], &["a@example.org"]).await;
        let (store, made) = (stage.store(), stage.make("job").await);
        let key = Author::Key("01234567".to_owned());
        let edit = Edit { timeout: Some(300), desc: Some("a".repeat(2_000)), ..Edit::default() };
        store.edit(made.id, edit.clone(), key.clone()).await.unwrap();
        store.edit(made.id, edit, Author::Person).await.unwrap();
        store.pause(made.id, Author::Person).await.unwrap();
        store.pause(made.id, Author::Person).await.unwrap();
        store.resume(made.id, key.clone()).await.unwrap();
        let until = store.snooze(made.id, Span::from_hours(1), key.clone()).await.unwrap().unwrap();
        store.end_snooze(made.id, Author::Person).await.unwrap();
        store.end_snooze(made.id, Author::Person).await.unwrap();
        let expected = [
            (Author::Person, Deed::SnoozeEnded),
            (key.clone(), Deed::Snoozed(until)),
            (key.clone(), Deed::Resumed),
            (Author::Person, Deed::Paused),
            (key, Deed::Edited),
            (Author::Person, Deed::Made),
        ];
        assert_eq!(deeds(&stage, made.id).await, expected, "what changed nothing is not there");
        let edited = store.changes_of(made.id, 5).await.unwrap().pop().unwrap();
        let desc = format!("{}…", "a".repeat(TEXT_CHARS_MAX));
        assert_eq!(edited.fields, [change("desc", "", &desc), change("timeout", "60", "300")]);
    }

    #[tokio::test]
    async fn a_check_knows_where_it_came_from() {
        let stage = Stage::open(&[], &["a@example.org"]).await;
        let Provisioned::Made(by_ping) = stage.store().provision("job").await.unwrap() else { panic!() };
        assert_eq!(deeds(&stage, by_ping.id).await, [(Author::Ping, Deed::Made)]);
        let uuid = uuid::Uuid::from_u128(7);
        let adopted = stage.store().adopt(uuid, Settings::default(), true).await.unwrap();
        assert!(matches!(adopted, Adopted::Made));
        let imported = stage.store().find_uuid(uuid).unwrap().id;
        assert_eq!(deeds(&stage, imported).await, [(Author::Import, Deed::Made)]);
    }

    #[tokio::test]
    async fn only_the_latest_changes_are_kept_and_none_of_a_deleted_check() {
        let stage = Stage::open(&[], &["a@example.org"]).await;
        let (store, made, other) = (stage.store(), stage.make("job").await, stage.make("other").await);
        for timeout in 0..CHANGES_MAX as u64 {
            let edit = Edit { timeout: Some(1_000 + timeout), ..Edit::default() };
            store.edit(made.id, edit, Author::Person).await.unwrap();
        }
        let changes = store.changes_of(made.id, 1_000).await.unwrap();
        assert_eq!(changes.len(), CHANGES_MAX);
        assert!(changes.iter().all(|change| change.deed == Deed::Edited), "that it was made is forgotten");
        assert_eq!(changes[0].fields, [change("timeout", "1198", "1199")]);
        store.delete(made.id).await.unwrap();
        while 0 < store.write(|desk| desk.forget_deleted(50)).await.unwrap() {}
        assert_eq!(deeds(&stage, made.id).await, []);
        assert_eq!(deeds(&stage, other.id).await.len(), 1);
    }
}
