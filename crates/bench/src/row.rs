//! A row of the table: what was measured, what it has to reach, and whether it does.

use crate::spread::{Spread, shown};

/// What a figure has to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    fn is_met_by(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(least) => least <= figure,
            Self::AtMost(most) => figure <= most,
        }
    }

    fn shown(self) -> String {
        match self {
            Self::AtLeast(least) => format!("≥ {}", shown(least)),
            Self::AtMost(most) => format!("≤ {}", shown(most)),
        }
    }
}

/// One figure with its target.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// What it is, with its unit.
    pub(crate) what: String,
    pub(crate) measured: Spread,
    pub(crate) target: Target,
    /// What it is made of: the figures of both sides, and the counts beside it.
    pub(crate) of: String,
}

impl Figure {
    pub(crate) fn is_met(&self) -> bool {
        self.target.is_met_by(self.measured.median)
    }

    /// Returns how far the target is missed: 1 is reached just so, 2 is half as good.
    pub(crate) fn shortness(&self) -> f64 {
        match self.target {
            Target::AtLeast(least) => least / self.measured.median,
            Target::AtMost(most) => self.measured.median / most,
        }
    }

    pub(crate) fn target_shown(&self) -> String {
        self.target.shown()
    }
}

/// A row of the table, measured.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its name, such as `P1`.
    pub(crate) name: &'static str,
    pub(crate) figures: Vec<Figure>,
    /// What else was seen, one sentence each.
    pub(crate) notes: Vec<String>,
}

impl Row {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, figures: Vec::new(), notes: Vec::new() }
    }

    /// Adds a figure.
    pub(crate) fn figure(
        mut self,
        what: &str,
        measured: Spread,
        target: Target,
        of: impl Into<String>,
    ) -> Self {
        self.figures.push(Figure { what: what.to_owned(), measured, target, of: of.into() });
        self
    }

    /// Adds a sentence.
    pub(crate) fn note(mut self, sentence: impl Into<String>) -> Self {
        self.notes.push(sentence.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_judged_by_its_median() {
        let row = Row::new("P1")
            .figure("ratio", Spread::of([0.7, 0.9, 1.0]), Target::AtLeast(0.9), "")
            .figure("seconds", Spread::of([1.0, 4.0, 5.0]), Target::AtMost(2.0), "");
        assert!(row.figures[0].is_met() && !row.figures[1].is_met());
        assert!((row.figures[1].shortness() - 2.0).abs() < 1e-9);
        assert_eq!(row.figures[0].target_shown(), "≥ 0.900");
    }
}
