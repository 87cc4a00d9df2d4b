//! Which checks the list shows, and in which order: what the address of the page says.

use std::cmp::Reverse;

use super::subject::{Look, Subject};
use super::{Pairs, first};

/// Checks on one page: as many as a browser on a phone scrolls without trouble.
pub(super) const ROWS_MAX: usize = 200;

/// Which checks are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selection {
    /// How many to leave out.
    pub(super) from: usize,
    /// What their names or tags contain, in any case.
    pub(super) q: String,
    /// How they stand; a name of the style sheet, or empty for all.
    pub(super) standing: String,
    /// A tag they have; empty for all.
    pub(super) tag: String,
    pub(super) sort: Sort,
    /// The test switches are shown, or not; `None` if the address leaves that open.
    pub(super) testing: Option<bool>,
}

/// In which order the checks are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sort {
    pub(super) by: By,
    pub(super) is_reversed: bool,
}

/// By what the checks are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum By {
    /// The worst first, then by name.
    #[default]
    Standing,
    /// By name.
    Name,
    /// Who pinged last comes first.
    Last,
    /// Whose ping is due next comes first.
    Due,
}

impl By {
    const ALL: [Self; 4] = [Self::Standing, Self::Name, Self::Last, Self::Due];

    /// Returns its word in addresses.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Standing => "standing",
            Self::Name => "name",
            Self::Last => "last",
            Self::Due => "due",
        }
    }
}

impl Sort {
    fn read(text: &str) -> Self {
        let word = text.strip_prefix('-').unwrap_or(text);
        let by = By::ALL.into_iter().find(|by| by.word() == word);
        Self { by: by.unwrap_or_default(), is_reversed: by.is_some() && text.starts_with('-') }
    }

    fn write(self) -> String {
        format!("{}{}", if self.is_reversed { "-" } else { "" }, self.by.word())
    }
}

impl Selection {
    /// Reads it from a page's address; what cannot be read counts as not given.
    pub(super) fn of(pairs: &[(String, String)]) -> Self {
        let text = |name| first(pairs, name).unwrap_or_default().trim().to_owned();
        let is_standing = |text: &String| Look::KINDS.iter().any(|(style, _)| style == text);
        // The button that switches comes after the field that keeps: of two the last counts.
        let testing = pairs.iter().rev().find(|(name, _)| name == "testing").map(|(_, value)| value.as_str());
        Self {
            from: first(pairs, "from").and_then(|from| from.parse().ok()).unwrap_or(0),
            q: text("q"),
            standing: Some(text("standing")).filter(is_standing).unwrap_or_default(),
            tag: text("tag"),
            sort: Sort::read(first(pairs, "sort").unwrap_or_default()),
            testing: match testing {
                Some("on") => Some(true),
                Some("off") => Some(false),
                Some(_) | None => None,
            },
        }
    }

    /// Reads it from the query of an address.
    pub(super) fn of_query(query: &str) -> Self {
        let pairs: Pairs = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self::of(&pairs)
    }

    /// Returns the address of the page that shows it.
    pub(super) fn address(&self) -> String {
        let query = self.query();
        if query.is_empty() { "/".to_owned() } else { format!("/?{query}") }
    }

    /// Returns it as the query of an address, without what goes without saying.
    pub(super) fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("q", &self.q), ("standing", &self.standing), ("tag", &self.tag)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if self.sort != Sort::default() {
            query.append_pair("sort", &self.sort.write());
        }
        if let Some(testing) = self.testing {
            query.append_pair("testing", if testing { "on" } else { "off" });
        }
        if 0 < self.from {
            query.append_pair("from", &self.from.to_string());
        }
        query.finish()
    }

    /// Returns the same from its beginning, changed.
    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = Self { from: 0, ..self.clone() };
        change(&mut changed);
        changed
    }

    /// Tells whether it shows every check.
    pub(super) fn is_everything(&self) -> bool {
        self.q.is_empty() && self.standing.is_empty() && self.tag.is_empty()
    }

    /// Returns the places of all checks that are selected, in their order.
    pub(super) fn select(&self, subjects: &[Subject]) -> Vec<usize> {
        let wanted = self.q.to_lowercase();
        let taken = subjects.iter().enumerate().filter(|(_, subject)| self.takes(subject, &wanted));
        let mut selected: Vec<usize> = taken.map(|(place, _)| place).collect();
        let name = |place: usize| subjects[place].name.to_lowercase();
        match self.sort.by {
            By::Standing => selected.sort_by_cached_key(|&place| (subjects[place].look, name(place))),
            By::Name => selected.sort_by_cached_key(|&place| name(place)),
            By::Last => {
                selected.sort_by_cached_key(|&place| (Reverse(subjects[place].last), name(place)));
            }
            By::Due => {
                let due = |place: usize| (subjects[place].due.is_none(), subjects[place].due);
                selected.sort_by_cached_key(|&place| (due(place), name(place)));
            }
        }
        if self.sort.is_reversed {
            selected.reverse();
        }
        selected
    }

    /// Returns those of the selected that are on its page.
    pub(super) fn page_of<'a>(&self, selected: &'a [usize]) -> &'a [usize] {
        let from = self.from.min(selected.len());
        &selected[from..selected.len().min(from.saturating_add(ROWS_MAX))]
    }

    fn takes(&self, subject: &Subject, wanted: &str) -> bool {
        let says = |text: &str| text.to_lowercase().contains(wanted);
        (self.standing.is_empty() || subject.look.style() == self.standing)
            && (self.tag.is_empty() || subject.tags.contains(&self.tag))
            && (wanted.is_empty() || says(&subject.name) || subject.tags.iter().any(|tag| says(tag)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;
    use crate::web::sight::Scene;
    use domain::standing::Standing;

    fn names(subjects: &[Subject], query: &str) -> Vec<String> {
        let scene = Scene::new(subjects.to_vec());
        scene.on_page(&Selection::of_query(query)).map(|subject| subject.name.to_string()).collect()
    }

    #[test]
    fn the_silent_come_first_and_a_filter_ignores_case() {
        let mut subjects = [
            samples::subject("Backup", Standing::Up),
            samples::subject("attic", Standing::Up),
            samples::subject("cellar", Standing::Down),
            samples::subject("barn", Standing::Unmonitored),
        ];
        subjects[1].tags = vec!["Top".to_owned()];
        assert_eq!(names(&subjects, ""), ["cellar", "attic", "Backup", "barn"]);
        assert_eq!(names(&subjects, "q=+BA+"), ["Backup", "barn"]);
        assert_eq!(names(&subjects, "q=TOP"), ["attic"]);
        assert_eq!(names(&subjects, "tag=Top"), ["attic"]);
        assert_eq!(names(&subjects, "standing=up&sort=-name"), ["Backup", "attic"]);
        assert_eq!(names(&subjects, "standing=nonsense&sort=name")[0], "attic");
    }

    #[test]
    fn many_checks_are_shown_a_page_at_a_time() {
        let subjects = vec![samples::subject("x", Standing::Up); 450];
        assert_eq!(names(&subjects, "from=200").len(), 200);
        assert_eq!(names(&subjects, "from=400").len(), 50);
        assert_eq!(names(&subjects, &format!("from={}", usize::MAX)).len(), 0);
    }

    #[test]
    fn an_address_says_all_of_a_selection_and_nothing_else() {
        for query in ["", "q=a+%26b&standing=down&tag=db&sort=-last&testing=on&from=200", "sort=due"] {
            assert_eq!(Selection::of_query(query).query(), query);
        }
        assert_eq!(Selection::of_query("sort=standing&from=x&standing=&done=paused").query(), "");
        assert_eq!(Selection::of_query("testing=on&testing=off").testing, Some(false));
    }
}
