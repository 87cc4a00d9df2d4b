//! Plain answers of one sentence, where there is no page to show.

pub(crate) const NO_PAGE: &str = "No page has this address; the pages begin at /.";
pub(crate) const NO_FILE: &str = "There is no such file; the pages begin at /.";
pub(crate) const UNRENDERED: &str = "The page could not be made; try again.";
pub(crate) const UNAVAILABLE: &str =
    "The server cannot read or write its data at the moment; try again in a few seconds.";
pub(crate) const SIGN_IN_FIRST: &str = "Sign in at / first.";
pub(crate) const FOREIGN: &str = "This has to come from a page of this server; a program sends the header Origin with this server's own address.";
pub(crate) const TOO_MANY_PAGES: &str = "Too many pages are open; close some, or reload this one by hand.";
pub(crate) const METERS_CLOSED: &str =
    "Sign in at / first, or send Authorization: Bearer with the value of metrics_token.";
pub(crate) const NO_NAME: &str = "No check has this name; reload the page.";

pub(crate) fn method_not_taken(method: &str) -> String {
    format!("{method} is not taken here; the header Allow of this answer says what is.")
}
