//! Makes a page or a mail one that can be compared and read: what is random has a number, and no line is endless.

use std::fmt::Write as _;

use rig::app::TestApp;

/// Lines of more bytes are broken between tags.
const LINE_BYTES_MAX: usize = 160;

/// Remembers what was random, so that the same has the same number on all pages of a story.
#[derive(Default)]
pub(super) struct Readable {
    uuids: Vec<String>,
    keys: Vec<String>,
    /// What differs from run to run without being drawn: a folder, a port.
    known: Vec<(String, &'static str)>,
}

impl Readable {
    /// Calls the folder of a server by the same name in every run.
    pub(super) fn of(self, app: &TestApp) -> Self {
        let database = app.database();
        let folder = database.ancestors().nth(2).unwrap();
        self.with(folder.display().to_string(), "/folder")
    }

    /// Writes a word in place of a text that differs from run to run.
    pub(super) fn with(mut self, text: impl Into<String>, word: &'static str) -> Self {
        self.known.push((text.into(), word));
        self
    }

    /// Returns a page without what every page has; of its head and its navigation what is its own stays.
    pub(super) fn page(&mut self, page: &str) -> String {
        let (before, rest) = page.split_once("<!doctype html>").unwrap_or(("", page));
        let Some((head, main)) = rest.split_once("</header>\n") else { return self.whole(page) };
        let main = main.split_once("</body>").map_or(main, |(main, _)| main);
        let own = |line: &&str| {
            ["<title>", "<link id=\"icon\"", "<body class"].iter().any(|own| line.starts_with(own))
                || line.contains("aria-current")
        };
        let own: Vec<_> = head.lines().filter(own).collect();
        self.whole(&format!("{before}{}\n{main}", own.join("\n")))
    }

    /// Returns a text whole.
    pub(super) fn whole(&mut self, text: &str) -> String {
        let mut readable = String::new();
        for line in
            without_zones(&self.steady(text)).lines().map(str::trim_end).filter(|line| !line.is_empty())
        {
            let line = if LINE_BYTES_MAX < line.len() { broken(line) } else { line.to_owned() };
            writeln!(readable, "{line}").unwrap();
        }
        readable
    }

    /// Returns a text with its empty lines.
    pub(super) fn plain(&mut self, text: &str) -> String {
        let lines: Vec<_> = self.steady(text).lines().map(|line| line.trim_end().to_owned()).collect();
        lines.join("\n")
    }

    /// Numbers what is random in the order in which it appears: UUIDs and keys.
    fn steady(&mut self, text: &str) -> String {
        let is_part = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
        let text = self.known.iter().fold(text.to_owned(), |text, (known, word)| text.replace(known, word));
        let mut steady = String::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let end = rest.find(|sign| !is_part(sign)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            steady.push_str(&self.steady_word(word));
            let end = after.find(is_part).unwrap_or(after.len());
            let (between, after) = after.split_at(end);
            steady.push_str(between);
            rest = after;
        }
        steady
    }

    fn steady_word(&mut self, word: &str) -> String {
        if is_uuid(word) {
            format!("00000000-0000-4000-8000-{:012}", place(&mut self.uuids, word))
        } else if is_drawn(word) {
            format!("drawn-{}", place(&mut self.keys, word))
        } else {
            word.to_owned()
        }
    }
}

/// Returns the place of a word in a list, from 1, and adds it where it is new.
fn place(known: &mut Vec<String>, word: &str) -> usize {
    let at = known.iter().position(|other| other == word).unwrap_or_else(|| {
        known.push(word.to_owned());
        known.len() - 1
    });
    at + 1
}

fn is_uuid(word: &str) -> bool {
    let groups: Vec<_> = word.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && word.bytes().all(|sign| sign == b'-' || sign.is_ascii_hexdigit())
}

/// Tells whether a word looks like a key, a signature or a digest: long, and either all hexadecimal or with all three
/// kinds of signs, which no English and no part of a drawing has.
fn is_drawn(word: &str) -> bool {
    let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
    let is_hexadecimal = word.bytes().all(|sign| sign.is_ascii_hexdigit());
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    16 <= word.len() && (is_hexadecimal || is_mixed)
}

/// Breaks a line where another element begins.
fn broken(line: &str) -> String {
    let mut broken = String::new();
    for (number, part) in line.split("><").enumerate() {
        if 0 < number {
            broken.push_str(if part.starts_with('/') { "><" } else { ">\n<" });
        }
        broken.push_str(part);
    }
    broken
}

/// Counts the zones that a field offers instead of listing them: there are hundreds on each form.
fn without_zones(text: &str) -> String {
    let Some((before, rest)) = text.split_once("<datalist id=\"zones\">") else { return text.to_owned() };
    let Some((zones, after)) = rest.split_once("</datalist>") else { return text.to_owned() };
    let count = zones.matches("<option ").count();
    assert!(400 < count && zones.contains("Europe/Riga"), "{zones}");
    format!("{before}<datalist id=\"zones\">(every zone)</datalist>{after}")
}
