//! How all checks stand together: a sentence, a number for each standing, the title of the window and its icon.

use serde::Serialize;

use super::subject::{Look, Subject};
use super::words;

/// What the top of the list says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Summary {
    pub(super) sentence: String,
    pub(super) title: String,
    /// The file with the icon of the window.
    pub(super) icon: &'static str,
    pub(super) counts: Vec<Count>,
}

/// How many checks stand so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Count {
    pub(super) standing: &'static str,
    pub(super) word: &'static str,
    pub(super) checks: usize,
}

impl Summary {
    pub(super) fn of(subjects: &[Subject]) -> Self {
        let mut counts = Look::KINDS.map(|(standing, word)| Count { standing, word, checks: 0 });
        for subject in subjects {
            let style = subject.look.style();
            if let Some(count) = counts.iter_mut().find(|count| count.standing == style) {
                count.checks += 1;
            }
        }
        let [down, late] = [counts[0].checks, counts[1].checks];
        Self {
            sentence: words::list::summary(subjects.len(), down, late),
            title: words::list::title(down),
            icon: if down == 0 { "icon.svg" } else { "icon-down.svg" },
            counts: counts.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;
    use domain::standing::Standing;

    #[test]
    fn the_summary_says_who_is_down() {
        let of = |standings: &[Standing]| {
            let subjects: Vec<_> =
                standings.iter().map(|standing| samples::subject("x", *standing)).collect();
            Summary::of(&subjects)
        };
        assert_eq!(of(&[]).sentence, "No check yet.");
        let well = of(&[Standing::Up, Standing::New]);
        assert_eq!(
            (well.sentence.as_str(), well.title.as_str(), well.icon),
            ("Nobody is silent.", "Checks", "icon.svg")
        );
        assert_eq!(of(&[Standing::Up, Standing::Late]).sentence, "1 check is late.");
        assert_eq!(of(&[Standing::Down, Standing::Late]).sentence, "1 of 2 checks is down.");
        let down = of(&[Standing::Down, Standing::Down]);
        assert_eq!(
            (down.sentence.as_str(), down.title.as_str()),
            ("2 of 2 checks are down.", "2 down · Checks")
        );
        assert_eq!(down.icon, "icon-down.svg");
    }
}
