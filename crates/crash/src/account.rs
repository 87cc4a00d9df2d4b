//! What one check has to look like from outside, by what its client was answered.

use serde_json::Value;

/// Pings that are listed of a check.
const LISTED_MAX: usize = 100;

/// One ping, as its client sent it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// Told with the ping as the name of its client, and no other ping's.
    pub(crate) client: String,
    /// What it is listed as.
    pub(crate) kind: &'static str,
    pub(crate) method: &'static str,
    pub(crate) rid: Option<String>,
    pub(crate) body: String,
}

/// What a client asks of its check.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Ping(Sent),
    Pause,
    Resume,
    Describe(String),
    Delete,
}

/// How a check stands that has more time than any trial takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    New,
    Up,
    Down,
    Paused,
}

/// One check.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) uuid: String,
    pub(crate) slug: String,
    pub(crate) state: State,
    pub(crate) pings: Vec<Sent>,
    /// For each change of its state whether it was to `up`.
    flips: Vec<u64>,
    description: String,
    /// What was asked of it and not answered: done or not, but not by half.
    pub(crate) doubt: Option<Act>,
}

impl Account {
    pub(crate) fn new(uuid: &str, slug: &str) -> Self {
        Self {
            uuid: uuid.to_owned(),
            slug: slug.to_owned(),
            state: State::New,
            pings: Vec::new(),
            flips: Vec::new(),
            description: String::new(),
            doubt: None,
        }
    }

    /// Notes that something was done.
    pub(crate) fn note(&mut self, act: Act) {
        match act {
            Act::Ping(sent) => {
                match sent.kind {
                    "success" => self.become_(State::Up),
                    "fail" => self.become_(State::Down),
                    _ => {}
                }
                self.pings.push(sent);
            }
            Act::Pause => self.become_(State::Paused),
            Act::Resume => self.become_(State::New),
            Act::Describe(words) => self.description = words,
            Act::Delete => panic!("{} was deleted, and is still there", self.slug),
        }
    }

    fn become_(&mut self, state: State) {
        if state != self.state {
            self.state = state;
            self.flips.push(u64::from(state == State::Up));
        }
    }

    /// Decides by the check as it is shown whether what was not answered was done.
    pub(crate) fn settle(&mut self, shown: &Value) {
        let Some(act) = self.doubt.take() else { return };
        let is_done = match &act {
            Act::Ping(_) => number(&shown["n_pings"]) != self.pings.len(),
            Act::Pause => shown["status"] == "paused",
            Act::Resume => shown["status"] != "paused",
            Act::Describe(words) => shown["desc"] == **words,
            Act::Delete => false,
        };
        if is_done {
            self.note(act);
        }
    }

    /// Compares the check itself.
    pub(crate) fn compare(&self, shown: &Value) {
        assert_eq!(number(&shown["n_pings"]), self.pings.len(), "{self:?}\n{shown}");
        assert_eq!(shown["status"], self.state.word(), "{self:?}\n{shown}");
        assert_eq!(shown["desc"], *self.description, "{self:?}\n{shown}");
    }

    /// Compares the latest pings: each is there once, in its place, with all that came with it.
    pub(crate) fn compare_pings(&self, listed: &Value) {
        let listed = listed["pings"].as_array().unwrap();
        assert_eq!(listed.len(), self.pings.len().min(LISTED_MAX), "{self:?}\n{listed:?}");
        for ((n, sent), shown) in self.latest().zip(listed) {
            let is_same = number(&shown["n"]) == n
                && shown["ua"] == *sent.client
                && shown["type"] == *sent.kind
                && shown["method"] == *sent.method
                && shown["rid"].as_str() == sent.rid.as_deref()
                && shown["body_url"].is_null() == sent.body.is_empty();
            assert!(is_same, "{}: ping {n} was {sent:?}, and is {shown}", self.slug);
        }
    }

    /// Compares all changes of its state.
    pub(crate) fn compare_flips(&self, listed: &Value) {
        let listed = listed["flips"].as_array().unwrap().iter().rev();
        let flips: Vec<_> = listed.map(|flip| flip["up"].as_u64().unwrap()).collect();
        assert_eq!(flips, self.flips, "{}", self.slug);
    }

    /// Returns the latest pings that said something, with their numbers.
    pub(crate) fn bodies(&self, most: usize) -> impl Iterator<Item = (usize, &Sent)> {
        self.latest().filter(|(_, sent)| !sent.body.is_empty()).take(most)
    }

    /// Returns the pings that are listed, with their numbers, latest first.
    fn latest(&self) -> impl Iterator<Item = (usize, &Sent)> {
        (1..=self.pings.len()).rev().zip(self.pings.iter().rev()).take(LISTED_MAX)
    }
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Up => "up",
            Self::Down => "down",
            Self::Paused => "paused",
        }
    }
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}
