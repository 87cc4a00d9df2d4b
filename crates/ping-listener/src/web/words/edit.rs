//! The form that changes what is asked of a check.

pub(crate) const NOT_SAVED: &str = "Nothing is saved yet: something below has to be put right first.";
pub(crate) const OUTDATED: &str = "Nothing is saved yet: this check was changed meanwhile, in another window or by a program. \
     What you filled in is below; saved again, it takes the place of what holds now.";
pub(crate) const SEE_CHANGES: &str = "See what was changed";
pub(crate) const SAVE: &str = "Save";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const WHAT: &str = "What it is";
pub(crate) const EXPECTED: &str = "When pings are expected";
pub(crate) const SLUG: &str = "Slug";
pub(crate) const SLUG_HINT: &str = "A short name for its ping address: small letters, digits, - and _.";
pub(crate) const DESC: &str = "Description";
pub(crate) const DESC_HINT: &str = "What whoever gets the alert should know.";
pub(crate) const MAX_RUNTIME: &str = "Longest run";
pub(crate) const MAX_RUNTIME_HINT: &str =
    "How long a run may take after its start. Empty means as long as the grace.";
pub(crate) const TOLD: &str = "Mails and pauses";
pub(crate) const IS_TOLD: &str = "Mail the recipients of the config when it goes down and when it comes back";
pub(crate) const MANUAL_RESUME: &str = "A pause ends only by hand, and not with the next ping";
pub(crate) const FILTER: &str = "What counts as a ping";
pub(crate) const IS_POST_ONLY: &str = "Only requests by POST count; others are ignored";
pub(crate) const FILTER_HTTP_BODY: &str = "Look for keywords in what pings have to say";
pub(crate) const FILTER_HINT: &str = "Of the keywords, those of a failure go first, then those of a success, then those of a start. \
     Capitals count, and commas part them.";
pub(crate) const FAILURE_KW: &str = "Keywords of a failure";
pub(crate) const SUCCESS_KW: &str = "Keywords of a success";
pub(crate) const START_KW: &str = "Keywords of a start";
pub(crate) const FILTER_DEFAULT_FAIL: &str = "A ping without any of them is a failure, and not ignored";
pub(crate) const NO_SLUG: &str = "A slug has only small letters, digits, - and _.";
pub(crate) const DECLARED: &str = "Declared in the config";

pub(crate) fn title(name: &str) -> String {
    format!("Edit {name}")
}

pub(crate) fn config_title(name: &str) -> String {
    format!("Config of {name}")
}

pub(crate) fn declared_in(place: &str) -> String {
    format!("This check is declared in {place}. Change it there: a saved file is in force within seconds.")
}

pub(crate) fn in_seconds(number: &str) -> String {
    format!("{number} s")
}
