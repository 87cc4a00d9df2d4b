//! Reads licence expressions such as `(MIT OR Apache-2.0) AND Unicode-3.0`, and tells whether we may use what they
//! cover in a program of any licence.

/// The licences that ask for no more than a notice.
const PERMISSIVE: [&str; 14] = [
    "0BSD",
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "NCSA",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Checks that a licence expression leaves a permissive choice; `Err` says why not.
pub(crate) fn assert_permissive(expression: &str) -> Result<(), String> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let permissive = any(&mut words);
    match words.next() {
        Some(word) => Err(format!("`{expression}` cannot be read from `{word}` on")),
        None if permissive => Ok(()),
        None => Err(format!("`{expression}` leaves no permissive choice")),
    }
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words) -> bool {
    let mut permissive = all(words);
    while words.next_if_eq(&"OR").is_some() {
        permissive |= all(words);
    }
    permissive
}

fn all(words: &mut Words) -> bool {
    let mut permissive = one(words);
    while words.next_if_eq(&"AND").is_some() {
        permissive &= one(words);
    }
    permissive
}

fn one(words: &mut Words) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let permissive = any(words);
        return words.next_if_eq(&")").is_some() && permissive;
    }
    let mut name = words.next().unwrap_or_default().to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        name = format!("{name} WITH {}", words.next().unwrap_or_default());
    }
    PERMISSIVE.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_permissive_choice_is_enough() {
        for expression in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert_eq!(assert_permissive(expression), Ok(()), "{expression}");
        }
    }

    #[test]
    fn what_must_hold_together_must_all_be_permissive() {
        for expression in ["GPL-3.0", "", "MIT AND LGPL-2.1", "MIT (", "(GPL-2.0 OR MPL-2.0) AND MIT"] {
            assert!(assert_permissive(expression).is_err(), "{expression}");
        }
    }
}
