//! The rows of the table: what each promises, and who measures it.

mod binary;
mod connections;
mod growth;
mod history;
mod idle;
mod lateness;
mod list_page;
mod listing;
mod mails;
mod managed;
mod ping;
mod reload;
mod restart;
mod status_page;
mod year;

use std::path::PathBuf;

use anyhow::Result;

use crate::fleet::Fleets;
use crate::plan::Plan;
use crate::plot::Plot;
use crate::row::Row;

/// Checks of the largest fleet.
const MILLION: u64 = 1_000_000;

/// What a row promises, in the words of the table.
pub(crate) struct Promise {
    pub(crate) row: &'static str,
    pub(crate) what: &'static str,
    pub(crate) target: &'static str,
}

/// Rows that are measured together, in one run of the same servers.
pub(crate) struct Family {
    pub(crate) rows: &'static [&'static str],
    pub(crate) measure: fn(&Bench) -> Result<Measured>,
}

/// What the rows are measured with.
pub(crate) struct Bench {
    pub(crate) plan: Plan,
    /// For everything that is written while measuring.
    pub(crate) folder: PathBuf,
    pub(crate) fleets: Fleets,
}

/// What a family has shown.
#[derive(Default)]
pub(crate) struct Measured {
    pub(crate) rows: Vec<Row>,
    pub(crate) plots: Vec<Plot>,
}

impl Measured {
    fn rows(rows: impl IntoIterator<Item = Row>) -> Self {
        Self { rows: rows.into_iter().collect(), plots: Vec::new() }
    }

    fn plots(mut self, plots: impl IntoIterator<Item = Plot>) -> Self {
        self.plots.extend(plots);
        self
    }
}

/// All families, in the order in which they are measured.
pub(crate) const FAMILIES: &[Family] = &[
    Family { rows: &["P1", "P2", "P3", "P4"], measure: ping::measure },
    Family { rows: &["P5", "P6"], measure: growth::measure },
    Family { rows: &["P7"], measure: restart::measure },
    Family { rows: &["P8"], measure: idle::measure_passes },
    Family { rows: &["P9"], measure: lateness::measure },
    Family { rows: &["P10"], measure: mails::measure },
    Family { rows: &["P11", "P12"], measure: history::measure },
    Family { rows: &["P13"], measure: idle::measure_sleep },
    Family { rows: &["P14"], measure: reload::measure },
    Family { rows: &["P15"], measure: connections::measure },
    Family { rows: &["P16"], measure: binary::measure },
    Family { rows: &["P17"], measure: managed::measure },
    Family { rows: &["P18"], measure: listing::measure },
    Family { rows: &["P19"], measure: list_page::measure },
    Family { rows: &["P20"], measure: year::measure },
    Family { rows: &["P21"], measure: status_page::measure },
];

const fn promise(row: &'static str, what: &'static str, target: &'static str) -> Promise {
    Promise { row, what, target }
}

/// All rows, in their order.
pub(crate) const PROMISES: &[Promise] = &[
    promise("P1", "durable pings a second against the no-op server, 1 million checks", "≥ 0.90"),
    promise("P2", "server CPU a ping against the no-op's a request", "≤ 1.20"),
    promise(
        "P3",
        "latency of a durable ping at half the highest rate",
        "p99 ≤ the no-op's + 3 × the disk's p99",
    ),
    promise("P4", "a lone ping", "p50 ≤ the no-op's + 1.3 × one sync of the disk"),
    promise("P5", "CPU a ping with 1 million checks against 1 thousand", "≤ 1.15"),
    promise("P6", "memory a check with 1 million checks", "≤ 250 bytes"),
    promise("P7", "start after kill -9, 1 million checks, 10 million pings in the log", "≤ 3 s"),
    promise("P8", "CPU of an idle evaluation pass with 1 million checks against 1 thousand", "≤ 1.2"),
    promise("P9", "100,000 checks late at once, 10 recipients", "≤ 4 s, pings' p99 ≤ 5 × normal"),
    promise("P10", "from the deadline to MAIL FROM", "p99.9 ≤ 100 ms"),
    promise("P11", "history on disk", "≤ 12 bytes a ping"),
    promise("P12", "one check's day out of the history", "p99 ≤ 5 ms"),
    promise("P13", "idle with 10,000 checks", "≤ 3 wake-ups a second, ≤ 0.1 % of a core"),
    promise("P14", "reload of 1 million users, 1 % changed", "≤ 2 s, pings unaffected"),
    promise("P15", "10,000 idle connections", "≤ 20 kB each, nobody slower"),
    promise("P16", "binary, clean release build", "≤ 20 MB, ≤ 8 min"),
    promise(
        "P17",
        "a ping of a managed check against one of a declared check, 100,000 of each",
        "rate ≥ 0.9, CPU ≤ 1.2, alone ≤ 1.1",
    ),
    promise("P18", "all of 100,000 checks listed over the API", "≤ 1 s, no ping waits for more than 50 ms"),
    promise("P19", "the list of 10,000 checks in a browser", "painted within 300 ms, a key within 100 ms"),
    promise("P20", "the pages of a check with a year of pings each minute", "≤ 100 ms each"),
    promise("P21", "the status page of 1,000 checks with 90 days", "≤ 100 ms"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_promised_once_and_measured_once() {
        let promised: Vec<_> = PROMISES.iter().map(|promise| promise.row).collect();
        let measured: Vec<_> = FAMILIES.iter().flat_map(|family| family.rows).copied().collect();
        assert_eq!(promised, measured);
        assert_eq!(promised.len(), 21);
    }
}
