//! From the record of a check to cells: what falls into each.

use domain::time::Span;

use super::Cell;
use super::record::{Record, Stretch};

/// Returns what came of a check between each of the bounds and the next. `away` is sorted, and does not overlap.
pub(super) fn fill(record: &Record, away: &[Stretch], bounds: &[i64]) -> Vec<Cell> {
    let mut cells = vec![Cell::default(); bounds.len().saturating_sub(1)];
    for &at in &record.pings {
        if let Some(cell) = place(bounds, at).and_then(|place| cells.get_mut(place)) {
            cell.pings += 1;
        }
    }
    for down in record.downs.iter().filter(|down| record.range.from <= down.from) {
        if let Some(cell) = place(bounds, down.from).and_then(|place| cells.get_mut(place)) {
            cell.downs += 1;
        }
    }
    let known = [Stretch { from: record.since, until: record.range.until }];
    add(&mut cells, bounds, &known, |cell, part| cell.known += part);
    add(&mut cells, bounds, &common(&known, away), |cell, part| cell.away += part);
    let heard = |stretches: &[Stretch]| without(stretches, away);
    add(&mut cells, bounds, &heard(&record.downs), |cell, part| cell.down += part);
    add(&mut cells, bounds, &heard(&without(&record.late, &record.downs)), |cell, part| cell.late += part);
    cells
}

/// Returns the cell into which an instant falls, or `None` if it falls beside all.
fn place(bounds: &[i64], at: i64) -> Option<usize> {
    bounds.partition_point(|bound| *bound <= at).checked_sub(1)
}

fn add(cells: &mut [Cell], bounds: &[i64], stretches: &[Stretch], mut add: impl FnMut(&mut Cell, Span)) {
    for stretch in stretches {
        let first = place(bounds, stretch.from).unwrap_or(0);
        for (cell, ends) in cells.iter_mut().zip(bounds.windows(2)).skip(first) {
            if stretch.until <= ends[0] {
                break;
            }
            let part = stretch.until.min(ends[1]) - stretch.from.max(ends[0]);
            if 0 < part {
                add(cell, Span::from_micros(part));
            }
        }
    }
}

/// Returns what is in both. The second are sorted, and do not overlap.
fn common(stretches: &[Stretch], others: &[Stretch]) -> Vec<Stretch> {
    let mut common = Vec::new();
    for stretch in stretches {
        let first = others.partition_point(|other| other.until <= stretch.from);
        for other in others[first..].iter().take_while(|other| other.from < stretch.until) {
            common
                .push(Stretch { from: stretch.from.max(other.from), until: stretch.until.min(other.until) });
        }
    }
    common
}

/// Returns what is in the first and not in the second, which are sorted, and do not overlap.
fn without(stretches: &[Stretch], others: &[Stretch]) -> Vec<Stretch> {
    let mut left = Vec::new();
    for stretch in stretches {
        let mut from = stretch.from;
        for taken in common(std::slice::from_ref(stretch), others) {
            if from < taken.from {
                left.push(Stretch { from, until: taken.from });
            }
            from = taken.until;
        }
        if from < stretch.until {
            left.push(Stretch { from, until: stretch.until });
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(ends: &[(i64, i64)]) -> Vec<Stretch> {
        ends.iter().map(|&(from, until)| Stretch { from, until }).collect()
    }

    #[test]
    fn what_the_listener_missed_is_not_charged_to_the_check() {
        let record = Record {
            since: 5,
            range: Stretch { from: 0, until: 35 },
            pings: vec![5, 9, 10, 31],
            downs: stretches(&[(12, 30)]),
            late: stretches(&[(10, 15)]),
            flips: Vec::new(),
        };
        let cells = fill(&record, &stretches(&[(0, 6), (20, 24)]), &[0, 10, 20, 30, 40]);
        let seen: Vec<_> = cells
            .iter()
            .map(|cell| {
                let lengths = [cell.late, cell.down, cell.away, cell.known].map(Span::as_micros);
                (cell.pings, cell.downs, lengths)
            })
            .collect();
        assert_eq!(
            seen,
            [(2, 0, [0, 0, 1, 5]), (1, 1, [2, 8, 0, 10]), (0, 0, [0, 6, 4, 10]), (1, 0, [0, 0, 0, 5])]
        );
        assert_eq!(cells[2].uptime(), Some(0.0));
        assert_eq!(cells[3].uptime(), Some(1.0));
        assert_eq!(Cell::default().uptime(), None);
    }
}
