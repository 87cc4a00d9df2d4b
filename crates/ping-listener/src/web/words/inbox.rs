//! The local inbox and its mails.

pub(crate) const TITLE: &str = "Inbox";
pub(crate) const LEAD: &str = "Mails that stayed on this machine, each as it would have been sent.";
pub(crate) const EMPTY: &str = "No mail yet.";
pub(crate) const NO_OLDER: &str = "No older mail.";
pub(crate) const MORE: &str = "More mails";
pub(crate) const LATEST: &str = "← Latest";
pub(crate) const OLDER: &str = "Older →";
pub(crate) const BACK: &str = "← Inbox";
pub(crate) const TO: &str = "to";
pub(crate) const TEXT: &str = "Text";
pub(crate) const HTML: &str = "HTML";
pub(crate) const HTML_FRAME: &str = "The HTML part of the mail";
pub(crate) const HEADERS: &str = "Headers";
pub(crate) const SOURCE: &str = "Raw source";
pub(crate) const UNKNOWN: &str = "This mail is not in the inbox; it keeps the last 1,000.";
