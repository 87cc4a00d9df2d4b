//! What a run has shown, for a person: the table of all rows, with what was promised and whether it is met.

use std::fmt::Write as _;

use crate::row::Row;
use crate::rows::PROMISES;

/// Everything that was measured in one run.
pub(crate) struct Run {
    pub(crate) is_quick: bool,
    pub(crate) machine: String,
    pub(crate) commit: String,
    /// How many cores were busy with something else when the run began.
    pub(crate) busy_cores: f64,
    pub(crate) minutes: f64,
    pub(crate) rows: Vec<Row>,
    /// Rows that could not be measured, and why.
    pub(crate) failures: Vec<(Vec<&'static str>, String)>,
}

/// Writes the report as Markdown that also reads well on a terminal.
pub(crate) fn render(run: &Run) -> String {
    let kind = if run.is_quick { "quick run: short rounds, more noise" } else { "whole run" };
    let mut text = format!(
        "# Measured\n\n\
         By `cargo xtask bench`, a {kind}, in {:.0} minutes.\n\n\
         - Machine: {}.\n\
         - Commit: {}.\n\
         - Cores busy with something else when the run began: {:.1}.\n\n\
         Medians, with the least and the most of all rounds; what is compared was measured in turns in the same run.\n\
         The no-op server is the same HTTP library with the same accept loop and runtime, and answers each request \
         with a constant; the server reads plain pings at the socket, past that library.\n\n\
         | row | what | target | measured | |\n| --- | --- | --- | --- | --- |\n",
        run.minutes, run.machine, run.commit, run.busy_cores
    );
    for row in &run.rows {
        write_row(&mut text, row);
    }
    for (rows, reason) in &run.failures {
        writeln!(text, "| {} | | | could not be measured: {reason} | **short** |", rows.join(", "))
            .expect(TAKES_ALL);
    }
    text += &summary(run);
    let notes: Vec<_> =
        run.rows.iter().flat_map(|row| row.notes.iter().map(move |note| (row.name, note))).collect();
    if !notes.is_empty() {
        text += "\n## Notes\n\n";
    }
    for (name, note) in notes {
        writeln!(text, "- {name}: {note}").expect(TAKES_ALL);
    }
    text
}

const TAKES_ALL: &str = "a string takes all";

fn write_row(text: &mut String, row: &Row) {
    let promise = PROMISES.iter().find(|promise| promise.row == row.name);
    let (what, target) = promise.map_or(("", ""), |promise| (promise.what, promise.target));
    for (index, figure) in row.figures.iter().enumerate() {
        let [name, what, target] = if index == 0 { [row.name, what, target] } else { [""; 3] };
        let verdict = if figure.is_met() { "met" } else { "**short**" };
        let of = if figure.of.is_empty() { String::new() } else { format!("; {}", figure.of) };
        let measured =
            format!("{}: **{}**, {}{of}", figure.what, figure.measured.shown(), figure.target_shown());
        writeln!(text, "| {name} | {what} | {target} | {measured} | {verdict} |").expect(TAKES_ALL);
    }
}

fn summary(run: &Run) -> String {
    let mut short: Vec<_> = run
        .rows
        .iter()
        .flat_map(|row| row.figures.iter().map(move |figure| (row.name, figure)))
        .filter(|(_, figure)| !figure.is_met())
        .collect();
    if short.is_empty() && run.failures.is_empty() {
        return "\nAll targets are met.\n".to_owned();
    }
    short.sort_by(|(_, one), (_, other)| other.shortness().total_cmp(&one.shortness()));
    let mut text = "\nShort, the furthest first:\n\n".to_owned();
    for (rows, _) in &run.failures {
        writeln!(text, "- {}: could not be measured.", rows.join(", ")).expect(TAKES_ALL);
    }
    for (name, figure) in short {
        writeln!(text, "- {name}, {}: by a factor of {:.2}.", figure.what, figure.shortness())
            .expect(TAKES_ALL);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::Target;
    use crate::spread::Spread;

    fn run(rows: Vec<Row>) -> Run {
        Run {
            is_quick: true,
            machine: "a machine".to_owned(),
            commit: "abc".to_owned(),
            busy_cores: 0.0,
            minutes: 4.0,
            rows,
            failures: Vec::new(),
        }
    }

    #[test]
    fn a_row_says_what_was_promised_and_whether_it_is_met() {
        let p1 = Row::new("P1").figure("ratio", Spread::of([0.8]), Target::AtLeast(0.9), "8 of 10");
        let p7 = Row::new("P7").figure("seconds", Spread::of([2.0]), Target::AtMost(3.0), "").note("Twice.");
        let text = render(&run(vec![p1, p7]));
        let what = PROMISES[0].what;
        let short = format!("| P1 | {what} | ≥ 0.90 | ratio: **0.800**, ≥ 0.900; 8 of 10 | **short** |\n");
        assert!(text.contains(&short), "{text}");
        assert!(text.contains("seconds: **2.00**, ≤ 3.00 | met |\n"), "{text}");
        assert!(text.contains("- P1, ratio: by a factor of 1.12.\n"), "{text}");
        assert!(text.contains("- P7: Twice.\n"), "{text}");
    }

    #[test]
    fn a_row_that_could_not_be_measured_is_short() {
        let mut run = run(Vec::new());
        run.failures.push((vec!["P9"], "no mail server".to_owned()));
        let text = render(&run);
        assert!(text.contains("| P9 | | | could not be measured: no mail server | **short** |"), "{text}");
        assert!(!text.contains("All targets are met"), "{text}");
    }
}
