//! What every page says around its own matter.

pub(crate) const SKIP: &str = "Skip to the content";
pub(crate) const PAGES: &str = "Pages";
pub(crate) const CHECKS: &str = "Checks";
pub(crate) const MAILS: &str = "Mails";
pub(crate) const STATUS: &str = "Status";
pub(crate) const SETTINGS: &str = "Settings";
pub(crate) const HELP: &str = "Help";
pub(crate) const SIGN_OUT: &str = "Sign out";
pub(crate) const SIGN_OUT_EVERYWHERE: &str = "Sign out everywhere";
pub(crate) const NOTICES: &str = "Notices";
pub(crate) const ACT_NOW: &str = "Act now";
pub(crate) const NOTE: &str = "Note";
pub(crate) const NOTHING: &str = "There is nothing here";
pub(crate) const TO_START: &str = "To the first page";

/// The title of a window: what is on the page, and whose page it is.
pub(crate) fn window(title: &str) -> String {
    format!("{title} · {}", super::BRAND)
}
