//! The outbox: what was to be said, and what became of it.

use domain::notification::Kind;

use super::counted;
use crate::store::view::RowState;

pub(crate) const TITLE: &str = "Mails";
pub(crate) const LEAD: &str = "What was to be said, and what became of it.";
pub(crate) const EMPTY: &str = "Nothing had to be said yet.";
pub(crate) const EMPTY_PART: &str = "No mail is in this state.";
pub(crate) const A_TEST: &str = "a test";
pub(crate) const TO: &str = "to";
pub(crate) const SEND_AGAIN: &str = "Send again";
pub(crate) const NOT_GIVEN_UP: &str = "No mail of this number was given up; reload the page.";
pub(crate) const PARTS: &str = "Kinds of mails";
pub(crate) const OUTBOX: &str = "Outbox";
pub(crate) const FILTER: &str = "States";
pub(crate) const MORE: &str = "More mails";
pub(crate) const LATEST: &str = "← Latest";
pub(crate) const OLDER: &str = "Older →";
pub(crate) const ANSWER: &str = "Last try";
pub(crate) const TRIED_AT: &str = "It is tried at";
pub(crate) const SNOOZED_UNTIL: &str = "The check is snoozed; it waits until";

pub(crate) const ALL: &str = "All";
pub(crate) const WAITING: &str = "Waiting";
pub(crate) const SENT: &str = "Sent";
pub(crate) const GIVEN_UP: &str = "Given up";
pub(crate) const DROPPED: &str = "Not sent";

pub(crate) const WELL: &str = "Mails go out";
pub(crate) const IN_TROUBLE: &str = "Mails are not going out";
pub(crate) const STAY: &str = "Mails stay on this machine";
pub(crate) const TO_INBOX: &str = "They are put into the inbox here, because no mail server is set.";
pub(crate) const HOW_TO_SEND: &str = "To send them, set SMTP_LOGIN and SMTP_PASSWORD, and SMTP_SERVER unless it is Gmail; then restart the server.";
pub(crate) const SINCE: &str = "Since";
pub(crate) const NEXT_TRY: &str = "Asked again";
pub(crate) const LAST_ACCEPTED: &str = "Last mail accepted";
pub(crate) const OLDEST: &str = "Longest waiting, due";
pub(crate) const BY: &str = "Mail server";
pub(crate) const NOT_YET: &str = "none yet";

/// What became of a mail.
pub(crate) fn state(state: RowState) -> &'static str {
    match state {
        RowState::Queued => "Waits",
        RowState::Leased => "Is being sent",
        RowState::Sent => "Sent",
        RowState::GivenUp => "Given up",
        RowState::Cancelled => "Cancelled, because it was not true any more",
        RowState::Joined => "Said by a later mail",
    }
}

/// What a mail says of its check.
pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::FirstAlert => "alert",
        Kind::Reminder => "reminder",
        Kind::Recovery => "back again",
        Kind::Notice => "notice",
        Kind::Unknown => "unknown",
    }
}

/// How often it was tried.
pub(crate) fn tries(tries: u32) -> String {
    counted(usize::try_from(tries).unwrap_or(usize::MAX), "try", "tries")
}

/// The button that sends all again.
pub(crate) fn send_all_again(of: u64) -> String {
    match of {
        1 => "Send again the one that was given up".to_owned(),
        of => format!("Send again all {of} that were given up"),
    }
}
