//! One thing to say, in the form from which both the plain text and the page of a mail are made.

use askama::Template;

use super::wording::{ascii, zone_name};
use super::{Style, alert, managed, notice};
use crate::store::facts::Facts;

/// What goes into a mail before it is encoded; `html` is empty where only plain text is wanted.
pub(super) struct Page {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) tone: Tone,
    /// What kind of news it is, above the title.
    pub(super) kicker: &'static str,
    /// The check's name, or the news itself where no check is meant.
    pub(super) title: String,
    /// The plain text up to the link.
    pub(super) lines: Vec<String>,
    /// The same on the page.
    pub(super) rows: Vec<Row>,
    /// Whole sentences for what is unusual about it.
    pub(super) remarks: Vec<String>,
    /// What the last ping had to say.
    pub(super) excerpt: Option<Excerpt>,
    /// The link to the day's log.
    pub(super) log: Option<String>,
    /// The link to the page of the check.
    pub(super) page: Option<String>,
}

/// A text of somebody else, as far as a mail repeats it.
pub(super) struct Excerpt {
    pub(super) text: String,
    pub(super) is_cut: bool,
}

pub(super) struct Row {
    pub(super) label: &'static str,
    pub(super) value: String,
}

#[derive(Clone, Copy)]
pub(super) enum Tone {
    Alarm,
    Relief,
    Note,
}

impl Tone {
    /// A colour that can be read on white and on black, since a mail cannot know what it is shown on.
    pub(super) fn colour(self) -> &'static str {
        match self {
            Self::Alarm => "#d24226",
            Self::Relief => "#298453",
            Self::Note => "#4575c1",
        }
    }
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct LetterPage<'a> {
    letter: &'a Letter,
    zone: String,
}

pub(super) fn page(facts: &Facts, minimal: bool, style: &Style<'_>) -> Page {
    let letter = Letter::new(facts, style);
    if minimal {
        let text = format!("{}\n", letter.essentials());
        return Page { subject: ascii(&letter.subject), text, html: String::new() };
    }
    let html = LetterPage { letter: &letter, zone: zone_name(style.zone) }
        .render()
        .expect("a template that only writes to a string cannot fail");
    Page { text: letter.text(), subject: letter.subject, html }
}

impl Letter {
    pub(super) fn new(facts: &Facts, style: &Style<'_>) -> Self {
        match facts {
            Facts::Alert(facts) => alert::letter(facts, style),
            Facts::Recovery(facts) => notice::recovery(facts, style),
            Facts::WentDown(facts) => managed::went_down(facts, style),
            Facts::CameBack(facts) => managed::came_back(facts, style),
            Facts::RecipientRefused(facts) => notice::recipient_refused(facts, style),
            Facts::Test(facts) => notice::test(facts, style),
            Facts::Unreadable(facts) => notice::unreadable(facts, style),
        }
    }

    /// Returns the lines that matter, in ASCII and without the link: links are what content filters judge first.
    pub(super) fn essentials(&self) -> String {
        ascii(&self.lines.join("\n"))
    }

    fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        if let Some(log) = &self.log {
            text.push_str("\n-----\nRequest logs at ");
            text.push_str(log);
            text.push('\n');
        }
        if let Some(page) = &self.page {
            text.push_str("\n-----\nMore about it at ");
            text.push_str(page);
            text.push('\n');
        }
        if !self.remarks.is_empty() {
            text.push('\n');
        }
        for remark in &self.remarks {
            text.push_str(remark);
            text.push('\n');
        }
        if let Some(excerpt) = &self.excerpt {
            text.push_str("\nThe last ping said:\n\n");
            // Behind spaces no line of it is taken for a signature, a quotation or ours.
            for line in excerpt.text.lines() {
                text.push_str(format!("    {line}").trim_end());
                text.push('\n');
            }
            if excerpt.is_cut {
                text.push_str("\nThe rest of it is left out here.\n");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least contrast at which everybody can read small text.
    const CONTRAST_MIN: f64 = 4.5;

    #[test]
    fn every_colour_can_be_read_on_white_and_on_black() {
        for tone in [Tone::Alarm, Tone::Relief, Tone::Note] {
            let light = luminance(tone.colour());
            assert!(CONTRAST_MIN <= 1.05 / (light + 0.05), "{} on white", tone.colour());
            assert!(CONTRAST_MIN <= (light + 0.05) / 0.05, "{} on black", tone.colour());
        }
    }

    /// Returns how light a colour is, from 0 to 1, by the formula of WCAG.
    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }
}
