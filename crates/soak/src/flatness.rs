//! Whether the server grows: the last quarter of the trial against the second.
//!
//! Memory is bounded by the state of the checks, which is there from the start, and by the page cache of the database's
//! writer, which may still fill while the database grows: by that much, and a little for noise, it may differ.

use std::time::Duration;

use crate::meters::Look;

/// One thing that must not grow, and how much it may differ.
pub struct Row {
    pub what: &'static str,
    pub second_quarter: f64,
    pub last_quarter: f64,
    pub most: f64,
}

impl Row {
    pub fn is_flat(&self) -> bool {
        self.last_quarter <= self.most
    }
}

/// How something is read from a look, what it may grow by in proportion, and in absolute terms.
type Measure = (&'static str, fn(&Look) -> f64, f64, f64);

/// The most that the writer's connection keeps of the database (`cache_size`).
const PAGE_CACHE_MIB: f64 = 8.0;

#[expect(clippy::cast_precision_loss, reason = "no size here comes near 2^52")]
const MEASURES: &[Measure] = &[
    ("resident memory, MiB (median)", |look| look.resident_kib as f64 / 1_024.0, 1.15, PAGE_CACHE_MIB),
    ("descriptors (median)", |look| look.descriptors as f64, 1.1, 10.0),
    ("threads (median)", |look| look.threads as f64, 1.0, 6.0),
    ("write-ahead log, MiB (median)", |look| look.wal_bytes as f64 / 1_048_576.0, 1.25, 8.0),
    ("evaluation lag, ms (median)", |look| look.lag_seconds * 1_000.0, 2.0, 100.0),
    ("mails waiting (median)", |look| look.queued as f64, 1.5, 30.0),
];

/// Compares; `None` if a quarter has no looks.
pub fn compare(looks: &[Look], length: Duration) -> Option<Vec<Row>> {
    let quarter = |nth: u32| -> Vec<&Look> {
        let (from, until) = (length * (nth - 1) / 4, length * nth / 4);
        looks.iter().filter(|look| from <= look.at && look.at < until).collect()
    };
    let (second, last) = (quarter(2), quarter(4));
    if second.is_empty() || last.is_empty() {
        return None;
    }
    let row = |&(what, measure, factor, allowance): &Measure| {
        let (second_quarter, last_quarter) = (median(&second, measure), median(&last, measure));
        Row { what, second_quarter, last_quarter, most: second_quarter * factor + allowance }
    };
    Some(MEASURES.iter().map(row).collect())
}

fn median(looks: &[&Look], measure: fn(&Look) -> f64) -> f64 {
    let mut values: Vec<f64> = looks.iter().map(|look| measure(look)).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_told_from_noise() {
        let looks = |last: u64| -> Vec<Look> {
            let at = |seconds| Duration::from_secs(seconds);
            let look = |seconds, mib| Look { at: at(seconds), resident_kib: mib * 1_024, ..Look::default() };
            vec![look(10, 50), look(30, 60), look(60, 70), look(80, last)]
        };
        let is_flat = |last| compare(&looks(last), Duration::from_secs(100)).unwrap()[0].is_flat();
        assert!(is_flat(62));
        assert!(!is_flat(90));
        assert!(compare(&looks(60)[..2], Duration::from_secs(100)).is_none());
    }
}
