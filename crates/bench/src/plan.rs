//! How much is measured: everything at length, everything in five minutes, or one row.

use anyhow::{Context, Result, bail, ensure};

/// How much is measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Plan {
    /// Shorter rounds, fewer pings: figures with more noise in them.
    pub(crate) is_quick: bool,
    /// Only this row, and those that are measured with it.
    pub(crate) row: Option<String>,
}

impl Plan {
    /// Reads the words of the command line; `rows` are the names of all rows.
    pub(crate) fn parse(words: &[&str], rows: &[&str]) -> Result<Self> {
        let mut plan = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--quick" => plan.is_quick = true,
                "--row" => {
                    let row = words.next().context("`--row` needs the name of a row, such as P9")?;
                    ensure!(rows.contains(row), "`{row}` is no row: there are {}", rows.join(", "));
                    plan.row = Some((*row).to_owned());
                }
                _ => bail!("`{word}` is no option: --quick, --row NAME"),
            }
        }
        Ok(plan)
    }

    /// Returns how much of something the plan wants.
    pub(crate) fn pick<T>(&self, quick: T, whole: T) -> T {
        if self.is_quick { quick } else { whole }
    }

    /// Tells whether something with these rows in it is to be measured.
    pub(crate) fn wants(&self, rows: &[&str]) -> bool {
        self.row.as_ref().is_none_or(|row| rows.contains(&row.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_change_the_plan() {
        let rows = ["P1", "P9"];
        let plan = Plan::parse(&["--quick", "--row", "P9"], &rows).unwrap();
        assert_eq!(plan, Plan { is_quick: true, row: Some("P9".to_owned()) });
        assert!(plan.wants(&["P9", "P10"]) && !plan.wants(&["P1"]));
        assert!(Plan::default().wants(&["P1"]));
        assert!(Plan::parse(&["--row"], &rows).is_err());
        assert!(Plan::parse(&["--row", "P17"], &rows).is_err());
        assert!(Plan::parse(&["--fast"], &rows).is_err());
    }
}
