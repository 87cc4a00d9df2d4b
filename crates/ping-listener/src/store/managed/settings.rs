//! What somebody asks of a managed check, and how a request changes it.

use domain::managed::kind::Kind;

/// Everything that can be set of a managed check.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the wire")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What people call it.
    pub name: String,
    /// What it is called in ping addresses; several may have the same.
    pub slug: String,
    /// Words to find it by, with spaces between.
    pub tags: String,
    /// What people write about it.
    pub desc: String,
    /// Which of `timeout` and `schedule` holds.
    pub kind: Kind,
    /// The period in seconds.
    pub timeout: u64,
    /// The patience after a due time in seconds.
    pub grace: u64,
    /// A cron or calendar expression.
    pub schedule: String,
    /// The time zone in which `schedule` is meant.
    pub tz: String,
    /// How long a run may last in seconds; `None`: as long as `grace`.
    pub max_runtime: Option<u64>,
    /// Requests of other methods are ignored.
    pub is_post_only: bool,
    /// Only a resume ends a pause, and no ping.
    pub manual_resume: bool,
    /// Keywords are looked for in the subject of mails.
    pub filter_subject: bool,
    /// Keywords are looked for in the body of mails.
    pub filter_body: bool,
    /// Keywords are looked for in the body of requests.
    pub filter_http_body: bool,
    /// What has no keyword is a failure, and not ignored.
    pub filter_default_fail: bool,
    /// Keywords that say that a run began, with commas between.
    pub start_kw: String,
    /// Keywords that say that it ended well.
    pub success_kw: String,
    /// Keywords that say that it failed.
    pub failure_kw: String,
    /// The recipients of the config hear of it.
    pub is_told: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: String::new(),
            slug: String::new(),
            tags: String::new(),
            desc: String::new(),
            kind: Kind::Simple,
            timeout: 86_400,
            grace: 3_600,
            schedule: "* * * * *".to_owned(),
            tz: "UTC".to_owned(),
            max_runtime: None,
            is_post_only: false,
            manual_resume: false,
            filter_subject: false,
            filter_body: false,
            filter_http_body: false,
            filter_default_fail: false,
            start_kw: String::new(),
            success_kw: String::new(),
            failure_kw: String::new(),
            is_told: false,
        }
    }
}

/// What a request changes; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// See [`Settings::name`].
    pub name: Option<String>,
    /// See [`Settings::slug`].
    pub slug: Option<String>,
    /// See [`Settings::tags`].
    pub tags: Option<String>,
    /// See [`Settings::desc`].
    pub desc: Option<String>,
    /// See [`Settings::timeout`]; it makes the check a simple one, unless there is a schedule.
    pub timeout: Option<u64>,
    /// See [`Settings::grace`].
    pub grace: Option<u64>,
    /// See [`Settings::schedule`]; it has to be one that can be read.
    pub schedule: Option<String>,
    /// See [`Settings::tz`]; it has to be a name that is known.
    pub tz: Option<String>,
    /// See [`Settings::max_runtime`].
    pub max_runtime: Option<RunLimit>,
    /// See [`Settings::is_post_only`].
    pub is_post_only: Option<bool>,
    /// See [`Settings::manual_resume`].
    pub manual_resume: Option<bool>,
    /// See [`Settings::filter_subject`].
    pub filter_subject: Option<bool>,
    /// The filter of subjects is on if there are keywords for it, unless `filter_subject` says otherwise.
    pub is_subject_filtered_by_keywords: bool,
    /// See [`Settings::filter_body`].
    pub filter_body: Option<bool>,
    /// See [`Settings::filter_http_body`].
    pub filter_http_body: Option<bool>,
    /// See [`Settings::filter_default_fail`].
    pub filter_default_fail: Option<bool>,
    /// See [`Settings::start_kw`].
    pub start_kw: Option<String>,
    /// See [`Settings::success_kw`].
    pub success_kw: Option<String>,
    /// See [`Settings::failure_kw`].
    pub failure_kw: Option<String>,
    /// See [`Settings::is_told`].
    pub is_told: Option<bool>,
}

/// How long a run is asked to last at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunLimit {
    /// As long as `grace` says.
    Grace,
    /// So many seconds.
    Seconds(u64),
}

impl From<Option<u64>> for RunLimit {
    fn from(seconds: Option<u64>) -> Self {
        seconds.map_or(Self::Grace, Self::Seconds)
    }
}

impl RunLimit {
    fn seconds(self) -> Option<u64> {
        match self {
            Self::Grace => None,
            Self::Seconds(seconds) => Some(seconds),
        }
    }
}

impl Edit {
    /// Returns what a check is set to after it.
    #[must_use]
    pub fn apply(&self, before: &Settings) -> Settings {
        let asked = Kind::asked(self.schedule.as_deref(), self.timeout.is_some());
        // A schedule goes before a timeout, which then is not even kept.
        let timeout = self.timeout.filter(|_| self.schedule.is_none());
        let text = |new: &Option<String>, old: &String| new.as_ref().unwrap_or(old).clone();
        Settings {
            name: text(&self.name, &before.name),
            slug: text(&self.slug, &before.slug),
            tags: text(&self.tags, &before.tags),
            desc: text(&self.desc, &before.desc),
            kind: asked.unwrap_or(before.kind),
            timeout: timeout.unwrap_or(before.timeout),
            grace: self.grace.unwrap_or(before.grace),
            schedule: text(&self.schedule, &before.schedule),
            tz: text(&self.tz, &before.tz),
            max_runtime: self.max_runtime.map_or(before.max_runtime, RunLimit::seconds),
            is_post_only: self.is_post_only.unwrap_or(before.is_post_only),
            manual_resume: self.manual_resume.unwrap_or(before.manual_resume),
            filter_subject: self.filter_subject.unwrap_or(if self.is_subject_filtered_by_keywords {
                !text(&self.success_kw, &before.success_kw).is_empty()
                    || !text(&self.failure_kw, &before.failure_kw).is_empty()
            } else {
                before.filter_subject
            }),
            filter_body: self.filter_body.unwrap_or(before.filter_body),
            filter_http_body: self.filter_http_body.unwrap_or(before.filter_http_body),
            filter_default_fail: self.filter_default_fail.unwrap_or(before.filter_default_fail),
            start_kw: text(&self.start_kw, &before.start_kw),
            success_kw: text(&self.success_kw, &before.success_kw),
            failure_kw: text(&self.failure_kw, &before.failure_kw),
            is_told: self.is_told.unwrap_or(before.is_told),
        }
    }
}

/// By what a check that is to be made is looked for first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UniqueBy {
    /// The same name.
    Name,
    /// The same slug.
    Slug,
    /// The same tags, as they are written.
    Tags,
    /// The same period, whether it holds or not.
    Timeout,
    /// The same patience.
    Grace,
}

impl UniqueBy {
    /// Tells whether a request says what it is to be compared by.
    pub(in crate::store) fn is_given_in(self, edit: &Edit) -> bool {
        match self {
            Self::Name => edit.name.is_some(),
            Self::Slug => edit.slug.is_some(),
            Self::Tags => edit.tags.is_some(),
            Self::Timeout => edit.timeout.is_some(),
            Self::Grace => edit.grace.is_some(),
        }
    }

    /// Tells whether a check is what a request says, by this.
    pub(in crate::store) fn matches(self, edit: &Edit, settings: &Settings) -> bool {
        match self {
            Self::Name => edit.name.as_ref() == Some(&settings.name),
            Self::Slug => edit.slug.as_ref() == Some(&settings.slug),
            Self::Tags => edit.tags.as_ref() == Some(&settings.tags),
            Self::Timeout => edit.timeout == Some(settings.timeout),
            Self::Grace => edit.grace == Some(settings.grace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_goes_before_a_timeout_which_is_not_kept() {
        let cron = Edit { schedule: Some(" 0 2 * * * ".to_owned()), timeout: Some(60), ..Edit::default() };
        let set = cron.apply(&Settings::default());
        assert_eq!((set.kind, set.timeout, &*set.schedule), (Kind::Cron, 86_400, " 0 2 * * * "));
        let calendar = Edit { schedule: Some("weekly".to_owned()), ..Edit::default() };
        assert_eq!(calendar.apply(&set).kind, Kind::OnCalendar);
        let simple = Edit { timeout: Some(60), ..Edit::default() };
        let set = simple.apply(&set);
        assert_eq!((set.kind, set.timeout, &*set.schedule), (Kind::Simple, 60, " 0 2 * * * "));
        assert_eq!(Edit::default().apply(&set), set);
    }

    #[test]
    fn keywords_of_subjects_switch_their_filter_on_and_off() {
        let words = |success: Option<&str>, failure: Option<&str>, filter_subject| Edit {
            success_kw: success.map(str::to_owned),
            failure_kw: failure.map(str::to_owned),
            is_subject_filtered_by_keywords: true,
            filter_subject,
            ..Edit::default()
        };
        let on = words(Some("ok"), None, None).apply(&Settings::default());
        assert!(on.filter_subject);
        assert!(words(None, Some("bad"), None).apply(&on).filter_subject);
        assert!(!words(Some(""), None, None).apply(&on).filter_subject);
        assert!(!words(Some("ok"), None, Some(false)).apply(&on).filter_subject);
        assert!(Edit::default().apply(&on).filter_subject);
    }

    #[test]
    fn a_request_that_leaves_out_a_unique_field_matches_nobody() {
        let edit = Edit { name: Some("job".to_owned()), ..Edit::default() };
        assert!(UniqueBy::Name.is_given_in(&edit) && !UniqueBy::Slug.is_given_in(&edit));
        assert!(UniqueBy::Name.matches(&edit, &edit.apply(&Settings::default())));
        assert!(!UniqueBy::Slug.matches(&edit, &Settings::default()));
    }
}
