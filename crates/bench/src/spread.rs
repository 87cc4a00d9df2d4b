//! The middle of some figures and their ends, and the latencies that so many of a hundred did not exceed.

use std::time::Duration;

/// The middle of some figures, and their ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_unstable_by(f64::total_cmp);
        let at = |index: usize| figures.get(index).copied().unwrap_or(f64::NAN);
        let last = figures.len().saturating_sub(1);
        Self { least: at(0), median: f64::midpoint(at(last / 2), at(last.div_ceil(2))), most: at(last) }
    }

    /// Shows the median, and the ends where they differ from it.
    pub(crate) fn shown(&self) -> String {
        let [least, median, most] = [self.least, self.median, self.most].map(shown);
        if least == most { median } else { format!("{median} ({least}–{most})") }
    }
}

/// Shows a figure with three digits that count, or all before the point.
pub(crate) fn shown(figure: f64) -> String {
    let digits = match figure.abs() {
        size if 100.0 <= size => 0,
        size if 10.0 <= size => 1,
        size if 1.0 <= size || size == 0.0 => 2,
        size if 0.01 <= size => 3,
        _ => 5,
    };
    let text = format!("{figure:.digits$}");
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(whole, rest)| (whole, rest));
    let mut grouped = String::new();
    for (index, sign) in whole.chars().enumerate() {
        if 0 < index && (whole.len() - index).is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(sign);
    }
    if rest.is_empty() { grouped } else { format!("{grouped}.{rest}") }
}

/// Returns the latency in microseconds that `percent` of the sorted latencies do not exceed.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a place among some millions"
)]
pub(crate) fn percentile(sorted: &[Duration], percent: f64) -> f64 {
    // A whole number of hundredths is no whole number in binary: what is over by less than this is not over.
    let at = (sorted.len() as f64 * percent / 100.0 - 1e-6).ceil() as usize;
    sorted.get(at.max(1) - 1).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_its_middle_and_its_ends() {
        assert_eq!(Spread::of([3.0, 1.0, 2.0]), Spread { least: 1.0, median: 2.0, most: 3.0 });
        assert_eq!(Spread::of([4.0, 1.0]), Spread { least: 1.0, median: 2.5, most: 4.0 });
    }

    #[test]
    fn a_percentile_is_one_of_the_latencies() {
        let latencies: Vec<_> = (1..=2_000).map(Duration::from_micros).collect();
        assert!((percentile(&latencies, 50.0) - 1_000.0).abs() < 1e-6);
        assert!((percentile(&latencies, 99.9) - 1_998.0).abs() < 1e-6);
        assert!((percentile(&latencies[..1], 99.9) - 1.0).abs() < 1e-6);
        assert!(percentile(&[], 50.0).is_nan());
    }

    #[test]
    fn figures_are_shown_as_exactly_as_they_are_known() {
        assert_eq!(shown(1_234_567.8), "1,234,568");
        assert_eq!(shown(12.345), "12.3");
        assert_eq!(shown(0.9049), "0.905");
        assert_eq!(Spread::of([250.0, 300.0, 1_000.0]).shown(), "300 (250–1,000)");
        assert_eq!(Spread::of([2.0]).shown(), "2.00");
    }
}
