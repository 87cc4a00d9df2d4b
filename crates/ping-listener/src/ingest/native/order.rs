//! What a ping tells, beside which check it is for: its signal, its run and how that ended.

use bytes::Bytes;
use domain::ping::Signal;
use http::Method;
use uuid::Uuid;

use super::answers::Refusal;
use super::target::{Action, read_uuid};
use crate::http::caller::Caller;
use crate::ingest::query::last_parameter;
use crate::store::details::{USER_AGENT_CHARACTERS_MAX, WORD_CHARACTERS_MAX};
use crate::store::managed::messages::Message;

/// What stands behind the question mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// The run; an error if it is no UUID.
    pub rid: Result<Option<Uuid>, Refusal>,
    /// A check is to be made if there is none.
    pub creates: bool,
}

/// What a ping tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// What its address says; its check may see that otherwise.
    pub signal: Signal,
    /// How a run ended.
    pub exit_status: Option<u8>,
    /// Of which run.
    pub rid: Option<Uuid>,
}

impl Query {
    /// Reads it.
    #[must_use]
    pub fn read(query: &str) -> Self {
        let rid = last_parameter(query, "rid")
            .map(|value| value.ok().as_deref().and_then(read_uuid).ok_or(Refusal::NoRunId))
            .transpose();
        let creates =
            last_parameter(query, "create").is_some_and(|value| value.is_ok_and(|text| text == "1"));
        Self { rid, creates }
    }
}

impl Order {
    /// Reads what a ping tells, or says what is wrong with it.
    pub fn read(action: Action, query: &Query) -> Result<Self, Refusal> {
        let (signal, exit_status) = match action {
            Action::Success => (Signal::Success, None),
            Action::Start => (Signal::Start, None),
            Action::Fail => (Signal::Fail, None),
            Action::Log => (Signal::Log, None),
            Action::ExitStatus(Some(0)) => (Signal::Success, Some(0)),
            Action::ExitStatus(Some(status)) => (Signal::Fail, Some(status)),
            Action::ExitStatus(None) => return Err(Refusal::NoExitStatus),
        };
        Ok(Self { signal, exit_status, rid: query.rid? })
    }

    /// Puts together what is kept of a ping that means `signal`.
    pub(super) fn message(
        &self,
        signal: Signal,
        (method, caller): (&Method, Caller<'_>),
        body: Bytes,
    ) -> Message {
        Message {
            signal,
            rid: self.rid,
            exit_status: self.exit_status,
            scheme: cut(&caller.scheme, WORD_CHARACTERS_MAX),
            remote_addr: caller.address,
            method: cut(method.as_str(), WORD_CHARACTERS_MAX),
            user_agent: cut(&caller.user_agent, USER_AGENT_CHARACTERS_MAX),
            body,
        }
    }
}

/// Returns the first characters of a text.
fn cut(text: &str, characters_max: usize) -> Box<str> {
    let end = text.char_indices().nth(characters_max).map_or(text.len(), |(at, _)| at);
    text[..end].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RID: &str = "7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55";

    #[test]
    fn the_last_run_id_counts_in_either_case() {
        let rid = |query: &str| Query::read(query).rid.map(|rid| rid.map(|rid| rid.to_string()));
        assert_eq!(rid(""), Ok(None));
        assert_eq!(rid("create=1"), Ok(None));
        for query in [
            format!("rid={RID}"),
            format!("rid={}", RID.to_uppercase()),
            format!("rid=x&rid={RID}"),
            format!("rid={}", RID.replace('-', "%2D")),
        ] {
            assert_eq!(rid(&query), Ok(Some(RID.to_owned())), "{query}");
        }
        for query in [
            "rid",
            "rid=",
            "rid=x",
            "rid=7c1d4be052f34a869b0ed3a6f8e21c55",
            "rid=%ff",
            &format!("rid={RID}&rid="),
        ] {
            assert_eq!(rid(query), Err(Refusal::NoRunId), "{query}");
        }
    }

    #[test]
    fn only_a_one_makes_checks() {
        for (query, creates) in [
            ("create=1", true),
            ("create=0&create=1", true),
            ("create=1&create=0", false),
            ("create=true", false),
            ("create=01", false),
            ("create", false),
            ("Create=1", false),
        ] {
            assert_eq!(Query::read(query).creates, creates, "{query}");
        }
    }

    #[test]
    fn an_exit_status_is_a_success_or_a_failure_and_is_looked_at_before_the_run() {
        let read =
            |action| Order::read(action, &Query::read("")).map(|order| (order.signal, order.exit_status));
        assert_eq!(read(Action::ExitStatus(Some(0))), Ok((Signal::Success, Some(0))));
        assert_eq!(read(Action::ExitStatus(Some(7))), Ok((Signal::Fail, Some(7))));
        assert_eq!(read(Action::Fail), Ok((Signal::Fail, None)));
        let wrong = Order::read(Action::ExitStatus(None), &Query::read("rid="));
        assert_eq!(wrong, Err(Refusal::NoExitStatus));
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(&*cut("āb", 1), "ā");
        assert_eq!(&*cut("āb", 2), "āb");
        assert_eq!(&*cut("", 2), "");
    }
}
