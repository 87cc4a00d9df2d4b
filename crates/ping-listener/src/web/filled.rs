//! A form as it came: what was typed stays in it, and each mistake stands beside its field.

use super::{Pairs, first};

/// What somebody typed into a form, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Filled {
    typed: Pairs,
    wrong: Vec<(&'static str, String)>,
}

impl Filled {
    /// Takes the fields of a form, or what to show in one that nobody has touched.
    pub(super) fn new(typed: Pairs) -> Self {
        Self { typed, wrong: Vec::new() }
    }

    /// Returns what a field says; nothing if it is not there.
    pub(super) fn value(&self, name: &str) -> &str {
        first(&self.typed, name).unwrap_or_default()
    }

    /// Tells whether a box is ticked.
    pub(super) fn is_ticked(&self, name: &str) -> bool {
        first(&self.typed, name).is_some()
    }

    /// Says what is wrong with a field; of several mistakes the first counts.
    pub(super) fn refuse(&mut self, name: &'static str, sentence: impl Into<String>) {
        if self.error(name).is_none() {
            self.wrong.push((name, sentence.into()));
        }
    }

    /// Returns what is wrong with a field.
    pub(super) fn error(&self, name: &str) -> Option<&str> {
        self.wrong.iter().find(|(known, _)| *known == name).map(|(_, sentence)| sentence.as_str())
    }

    /// Tells whether nothing is wrong.
    pub(super) fn is_right(&self) -> bool {
        self.wrong.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays_beside_the_mistake() {
        let mut filled = Filled::new(vec![("grace".to_owned(), "soon".to_owned())]);
        filled.refuse("grace", "first");
        filled.refuse("grace", "second");
        assert_eq!((filled.value("grace"), filled.error("grace")), ("soon", Some("first")));
        assert_eq!((filled.value("name"), filled.error("name"), filled.is_right()), ("", None, false));
    }
}
