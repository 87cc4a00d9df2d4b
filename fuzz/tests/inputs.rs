//! Every input that ever broke a law, and some thousands of made-up ones, on every target: without the fuzzer.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its inputs has failed")]

use std::fs;
use std::path::Path;

use fuzz::TARGETS;

/// Made-up inputs a target: some seconds for the slowest.
const INPUTS: u64 = 2_000;

/// No made-up input is longer, so that one of them costs next to nothing.
const BYTES_MAX: usize = 1_024;

#[test]
fn no_input_of_the_corpus_breaks_a_law() {
    for (name, target) in TARGETS {
        let corpus = corpus(name);
        assert!(!corpus.is_empty(), "{name} has no corpus");
        for (file, input) in corpus {
            println!("{name}/{file}");
            target(&input);
        }
    }
}

/// The same inputs at every run, made from the corpus by cutting, joining, repeating and changing single bytes.
///
/// A test for each target, so that they run side by side.
macro_rules! made_up_inputs_break_no_law {
    ($($target:ident)*) => {
        mod made_up {
            $(#[test]
            fn $target() {
                super::try_made_up(stringify!($target), fuzz::$target::target);
            })*

            #[test]
            fn no_target_is_left_out() {
                let tried = [$(stringify!($target)),*];
                assert_eq!(tried.to_vec(), fuzz::TARGETS.map(|(name, _)| name).to_vec());
            }
        }
    };
}

made_up_inputs_break_no_law!(
    addresses calendar callers config cron details environment heads imports keywords links logs mails peers ping
    replies requests rules sessions stored targets
);

fn try_made_up(name: &str, target: fn(&[u8])) {
    let corpus = corpus(name);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for nth in 0..INPUTS {
        let input = made_up(&corpus, &mut dice);
        let outcome = std::panic::catch_unwind(|| target(&input));
        assert!(outcome.is_ok(), "{name}, input {nth}: {:?}, {input:?}", String::from_utf8_lossy(&input));
    }
}

fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read =
        |path: &Path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap());
    files.iter().map(|path| read(path)).collect()
}

fn made_up(corpus: &[(String, Vec<u8>)], dice: &mut Dice) -> Vec<u8> {
    let mut input = dice.choose(corpus).1.clone();
    for _ in 0..=dice.below(6) {
        let at = dice.below(input.len() + 1);
        match dice.below(6) {
            0 => input.truncate(at),
            1 => input.insert(at, dice.byte()),
            2 => input.splice(at..at, dice.choose(corpus).1.clone()).for_each(drop),
            3 => {
                let part = input[at..].to_vec();
                input.extend(part);
            }
            4 if at < input.len() => drop(input.remove(at)),
            _ if at < input.len() => input[at] = dice.byte(),
            _ => {}
        }
        input.truncate(BYTES_MAX);
    }
    input
}

/// Numbers that look like chance and are the same at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.roll() % most as u64).unwrap()
    }

    /// Returns a byte that parsers know as often as any other.
    fn byte(&mut self) -> u8 {
        const KNOWN: &[u8] = b"\0\r\n\t \"'%&+,-./0123456789:;<=>?@[\\]{}\x7f\x80\xc3\xe2\xff";
        if self.roll().is_multiple_of(2) { *self.choose(KNOWN) } else { self.roll().to_le_bytes()[0] }
    }

    fn choose<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}
