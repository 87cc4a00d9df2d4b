//! Lists in words: `a, b and c`, `a to d`, and `0, 7 and so on to 56`.

use super::pattern::{Bits, numbers};

/// No more numbers are listed one by one where their order tells them.
const LISTED_MAX: usize = 5;

/// Lists the numbers of a set.
pub(super) fn list(bits: Bits) -> String {
    list_as(numbers(bits), |number| number.to_string())
}

/// Lists numbers, each as it is shown.
pub(super) fn list_as(numbers: impl Iterator<Item = u32>, show: impl Fn(u32) -> String) -> String {
    let numbers: Vec<u32> = numbers.collect();
    if let [first, second, .., last] = numbers[..]
        && LISTED_MAX < numbers.len()
        && first + 1 < second
        && numbers.windows(2).all(|pair| pair[1] - pair[0] == second - first)
    {
        return format!("{}, {} and so on to {}", show(first), show(second), show(last));
    }
    let shown = numbers.chunk_by(|number, next| number + 1 == *next).flat_map(|run| match run {
        [first, _, .., last] => vec![format!("{} to {}", show(*first), show(*last))],
        few => few.iter().map(|number| show(*number)).collect(),
    });
    join(&shown.collect::<Vec<_>>(), "and")
}

/// Joins as in `a, b and c`.
pub(super) fn join(items: &[String], word: &str) -> String {
    match items {
        [] => String::new(),
        [item] => item.clone(),
        [items @ .., last] => format!("{} {word} {last}", items.join(", ")),
    }
}

/// Returns `1st`, `2nd` and so on, for days of a month.
pub(super) fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number / 10) {
        (1, 0 | 2 | 3) => "st",
        (2, 0 | 2) => "nd",
        (3, 0 | 2) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
