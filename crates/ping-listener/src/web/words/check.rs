//! The page of one check.

use domain::time::Span;

pub(crate) const BACK: &str = "← All checks";
pub(crate) const PAGES: &str = "Pages of this check";
pub(crate) const OVERVIEW: &str = "Overview";
pub(crate) const LOG: &str = "Log";
pub(crate) const EDIT: &str = "Edit";
pub(crate) const CONFIG: &str = "Config";
pub(crate) const TAGS: &str = "Tags";
pub(crate) const GONE: &str = "There is no such check";
pub(crate) const GONE_HINT: &str = "It may have been deleted, or the address is not whole.";

pub(crate) const ACTIONS: &str = "What can be done with it";
pub(crate) const PAUSE: &str = "Pause";
pub(crate) const RESUME: &str = "Resume";
pub(crate) const SNOOZE: &str = "Snooze";
pub(crate) const SNOOZE_FOR: &str = "Snooze for";
pub(crate) const WAKE: &str = "End the snooze";
pub(crate) const DELETE: &str = "Delete";

pub(crate) const STANDING: &str = "How it stands";
pub(crate) const SINCE: &str = "since";
pub(crate) const LAST: &str = "Last ping";
pub(crate) const DUE: &str = "Next due";
pub(crate) const DEADLINE: &str = "Alert at";
pub(crate) const PINGS: &str = "Pings";
pub(crate) const SNOOZED: &str = "Snoozed until";
pub(crate) const DAY_AGO: &str = "24 h ago";
pub(crate) const NOW: &str = "now";
pub(crate) const LATEST: &str = "Latest";
pub(crate) const WHOLE_LOG: &str = "The whole log";

pub(crate) const PING_IT: &str = "Ping it";
pub(crate) const PING_URL: &str = "Ping address";
pub(crate) const PING_URL_HINT: &str = "A request to it says that all is well. Who knows it can ping.";
pub(crate) const RUNS_HINT: &str = "With /start behind it a run begins, with /fail it failed, and with /0 to /255 it ended with that status.";

pub(crate) const ASKED: &str = "What is asked of it";
pub(crate) const SCHEDULE: &str = "Pings are expected";
pub(crate) const GRACE: &str = "Grace";
pub(crate) const MAX_RUNTIME: &str = "Longest run";
pub(crate) const MAILS_TO: &str = "Mails";
pub(crate) const TOLD: &str = "to the recipients of the config";
pub(crate) const NOT_TOLD: &str = "switched off";
pub(crate) const FILTERED: &str = "What counts";
pub(crate) const POST_ONLY: &str = "only requests by POST";
pub(crate) const BY_KEYWORDS: &str = "by keywords in the body";
pub(crate) const DECLARED_IN: &str = "Declared in";
pub(crate) const DESC: &str = "Description";
pub(crate) const CREATED: &str = "Made";

/// How long a run may take, if nobody has said so.
pub(crate) fn as_long_as_grace(grace: Span) -> String {
    format!("{grace}, like the grace")
}
