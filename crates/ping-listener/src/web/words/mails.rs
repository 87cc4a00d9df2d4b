//! The outbox: what was to be said, and what became of it.

pub(crate) const TITLE: &str = "Mails";
pub(crate) const LEAD: &str = "What was to be said, and what became of it.";
pub(crate) const EMPTY: &str = "Nothing had to be said yet.";
pub(crate) const A_TEST: &str = "a test";
pub(crate) const TO: &str = "to";
pub(crate) const SEND_AGAIN: &str = "Send again";
pub(crate) const NOT_GIVEN_UP: &str = "No mail of this number was given up; reload the page.";
