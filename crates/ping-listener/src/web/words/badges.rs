//! What the page of badges says.

pub(crate) const TITLE: &str = "Badges";
pub(crate) const LEAD: &str = "A badge is a picture for other pages. It says how checks stand, and anybody who has its address can see it, but nothing else.";
pub(crate) const ALL: &str = "All checks";
pub(crate) const OF_TAGS: &str = "All checks, and each tag";
pub(crate) const OF_ONE: &str = "One check";
pub(crate) const STATES: &str = "What it tells apart";
pub(crate) const TWO: &str = "Up and down";
pub(crate) const THREE: &str = "Up, late and down";
pub(crate) const CHECK: &str = "Name of a check";
pub(crate) const SHOW: &str = "Show";
pub(crate) const NOBODY: &str = "No check has that in its name.";
pub(crate) const SEVERAL: &str = "Which one?";
pub(crate) const MARKDOWN: &str = "Markdown";
pub(crate) const HTML: &str = "HTML";
pub(crate) const ADDRESS: &str = "Address";
pub(crate) const JSON: &str = "JSON";
pub(crate) const SHIELDS: &str = "JSON for Shields";

pub(crate) fn picture(title: &str) -> String {
    format!("Badge of {title}")
}
