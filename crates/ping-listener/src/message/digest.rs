//! One mail in place of many to the same recipient: a list, longest silent first.

use askama::Template;

use super::Style;
use super::letter::{Letter, Page, Tone};
use super::wording::{ascii, count, zone_name};
use crate::store::facts::Facts;

#[derive(Template)]
#[template(path = "mail/digest.html")]
struct DigestPage<'a> {
    title: &'a str,
    order: &'static str,
    tone: Tone,
    letters: &'a [Letter],
    zone: String,
}

pub(super) fn page(many: &[Facts], minimal: bool, style: &Style<'_>) -> Page {
    let title = title(many);
    let letters: Vec<Letter> = sorted(many).into_iter().map(|facts| Letter::new(facts, style)).collect();
    if minimal {
        let essentials: Vec<String> = letters.iter().map(Letter::essentials).collect();
        let text = format!("{}\n", essentials.join("\n\n"));
        return Page { subject: ascii(&title), text, html: String::new() };
    }
    let html = DigestPage {
        title: &title,
        order: order(many),
        tone: Tone::Alarm,
        letters: &letters,
        zone: zone_name(style.zone),
    }
    .render()
    .expect("a template that only writes to a string cannot fail");
    Page { text: text(&title, &letters), subject: title, html }
}

/// Says in which order they are listed.
fn order(many: &[Facts]) -> &'static str {
    let is_down = many.iter().any(|facts| matches!(facts, Facts::WentDown(_)));
    if is_down { "Longest in trouble first." } else { "Longest silent first." }
}

fn title(many: &[Facts]) -> String {
    let alerts = many.iter().filter(|facts| matches!(facts, Facts::Alert(_))).count();
    let downs = many.iter().filter(|facts| matches!(facts, Facts::WentDown(_))).count();
    let notices = many.len() - alerts - downs;
    let mut parts = Vec::new();
    if 0 < alerts {
        parts.push(format!("{} detected", count(alerts, "disconnection")));
    }
    if 0 < downs {
        let verb = if downs == 1 { "is" } else { "are" };
        parts.push(format!("{} {verb} down", count(downs, "check")));
    }
    if 0 < notices {
        parts.push(count(notices, "notice"));
    }
    parts.join(", ")
}

fn sorted(many: &[Facts]) -> Vec<&Facts> {
    let mut sorted: Vec<&Facts> = many.iter().collect();
    // A stable sort: what is no alert stays in its order, behind all alerts.
    sorted.sort_by_key(|facts| match facts {
        Facts::Alert(alert) => (0, alert.last_ping.unwrap_or(alert.added), alert.check.clone()),
        Facts::WentDown(down) => (0, down.since, down.check.clone()),
        Facts::Recovery(_)
        | Facts::CameBack(_)
        | Facts::RecipientRefused(_)
        | Facts::Test(_)
        | Facts::Unreadable(_) => (1, jiff::Timestamp::MAX, String::new()),
    });
    sorted
}

fn text(title: &str, letters: &[Letter]) -> String {
    let mut text = format!("{title}\n");
    for letter in letters {
        text.push_str("\n-----\n");
        text.push_str(&letter.lines.join("\n"));
        text.push('\n');
        if let Some(log) = &letter.log {
            text.push_str("Request logs at ");
            text.push_str(log);
            text.push('\n');
        }
        if let Some(page) = &letter.page {
            text.push_str("More about it at ");
            text.push_str(page);
            text.push('\n');
        }
        for remark in &letter.remarks {
            text.push_str(remark);
            text.push('\n');
        }
    }
    text
}
