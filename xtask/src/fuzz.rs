//! Lets the fuzzer try the parsers, one after the other: `cargo xtask fuzz`.

use std::fs;

use crate::command;

/// How long a target is tried if nothing is said.
const MINUTES: u64 = 10;

/// No input is longer: parsers that hold limits of 16 KiB are tried at those by the tests.
const BYTES_MAX: usize = 4_096;

/// Longer than any input takes, by a thousand times.
const SECONDS_AN_INPUT_MAX: u64 = 10;

/// Tries the target that `words` names, or each in turn; stops at the first input that breaks a law.
///
/// What the fuzzer finds new on the way stays in `fuzz/corpus`, for whoever runs it to look through and to keep.
pub(crate) fn run(words: &[String]) -> Result<(), String> {
    let asked = Asked::read(words)?;
    if !command::has_cargo_command("fuzz") {
        return Err(
            "the fuzzer is not installed: cargo install cargo-fuzz, and rustup toolchain install nightly"
                .to_owned(),
        );
    }
    let targets = targets()?;
    if let Some(target) = &asked.target
        && !targets.contains(target)
    {
        return Err(format!("`{target}` is no target; there are {}", targets.join(", ")));
    }
    for target in targets.iter().filter(|name| asked.target.as_ref().is_none_or(|asked| asked == *name)) {
        let time = format!("-max_total_time={}", 60 * asked.minutes);
        let (length, patience) =
            (format!("-max_len={BYTES_MAX}"), format!("-timeout={SECONDS_AN_INPUT_MAX}"));
        let mut cargo = command::program("cargo");
        // Without unsafe code of ours there is nothing that a sanitizer could find, and it is slow.
        cargo.args([
            "+nightly",
            "fuzz",
            "run",
            "--fuzz-dir",
            "fuzz",
            "--features",
            "libfuzzer",
            "--sanitizer",
            "none",
        ]);
        cargo.arg(target).args(["--", &time, &length, &patience, "-print_final_stats=1"]);
        // The toolchain that runs us would else be the one that builds.
        command::run(cargo.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO"))?;
    }
    Ok(())
}

struct Asked {
    target: Option<String>,
    minutes: u64,
}

impl Asked {
    fn read(words: &[String]) -> Result<Self, String> {
        let mut asked = Self { target: None, minutes: MINUTES };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--minutes" {
                let minutes =
                    words.next().and_then(|number| number.parse().ok()).filter(|minutes| 0 < *minutes);
                asked.minutes = minutes.ok_or("--minutes wants a number of minutes, such as 10")?;
            } else if word.starts_with('-') || asked.target.is_some() {
                return Err(format!("`{word}` is not known; say: cargo xtask fuzz [TARGET] [--minutes N]"));
            } else {
                asked.target = Some(word.clone());
            }
        }
        Ok(asked)
    }
}

/// Lists the targets, which are the files that hand one to the fuzzer.
fn targets() -> Result<Vec<String>, String> {
    let folder = command::root().join("fuzz/targets");
    let files =
        fs::read_dir(&folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut names: Vec<_> = files
        .filter_map(|file| Some(file.ok()?.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &[&str]) -> Result<(Option<String>, u64), String> {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        Asked::read(&words).map(|asked| (asked.target, asked.minutes))
    }

    #[test]
    fn a_target_and_a_time_can_be_asked_for() {
        assert_eq!(asked(&[]), Ok((None, MINUTES)));
        assert_eq!(asked(&["config", "--minutes", "3"]), Ok((Some("config".to_owned()), 3)));
        assert_eq!(asked(&["--minutes", "3"]), Ok((None, 3)));
        for words in [&["--minutes"][..], &["--minutes", "0"], &["--seconds", "3"], &["config", "heads"]] {
            assert!(asked(words).is_err(), "{words:?}");
        }
    }
}
