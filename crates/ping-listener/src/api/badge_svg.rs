//! A badge as a picture: two parts, the left one with the label, the right one with the word and its colour.

use std::fmt::Write as _;

/// What a part is wider than its text.
const PADDING: usize = 10;

/// How wide a sign is where nothing else is said.
const USUAL_WIDTH: usize = 7;

/// Signs that are wider or narrower than usual.
const WIDTHS: [(usize, &str); 8] = [
    (3, "ijlI"),
    (4, "frJ-"),
    (5, "t"),
    (6, "cesx1FLP_"),
    (8, "ACDHNUV"),
    (9, "wGOQ"),
    (10, "mM"),
    (11, "W"),
];

/// Draws a badge.
pub(super) fn draw(label: &str, word: &str, colour: &str) -> String {
    let (left, right) = (width(label), width(word));
    let (whole, label) = (left + right, escaped(label));
    let mut svg = String::new();
    write!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{label}: {word}">
<title>{label}: {word}</title>
<linearGradient id="s" x2="0" y2="100%"><stop offset="0" stop-color="#fff" stop-opacity=".7"/><stop offset=".1" stop-color="#aaa" stop-opacity=".1"/><stop offset=".9" stop-opacity=".3"/><stop offset="1" stop-opacity=".5"/></linearGradient>
<clipPath id="r"><rect width="{whole}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><path fill="#555" d="M0 0h{left}v20H0z"/><path fill="{colour}" d="M{left} 0h{right}v20H{left}z"/><path fill="url(#s)" fill-opacity=".2" d="M0 0h{whole}v20H0z"/></g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">
"##
    )
    .expect("a string takes any text");
    for (middle, text) in [(middle(0, left), label.as_str()), (middle(left, right), word)] {
        writeln!(
            svg,
            r##"<text x="{middle}" y="15" fill="#010101" fill-opacity=".3" aria-hidden="true">{text}</text><text x="{middle}" y="14">{text}</text>"##
        )
        .expect("a string takes any text");
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn width(text: &str) -> usize {
    let of =
        |sign| WIDTHS.iter().find(|(_, signs)| signs.contains(sign)).map_or(USUAL_WIDTH, |(width, _)| *width);
    text.chars().map(of).sum::<usize>() + PADDING
}

/// Returns the middle of a part in pixels, with half ones.
fn middle(from: usize, width: usize) -> String {
    let half = if width.is_multiple_of(2) { "" } else { ".5" };
    format!("{}{half}", from + width / 2)
}

/// Keeps a text from acting as markup, and leaves out signs that XML cannot hold.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => {}
            _ if sign.is_control() && !sign.is_ascii_whitespace() => {}
            _ => escaped.push(sign),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_as_wide_as_its_signs_and_ten_more() {
        for (text, wide) in [
            ("", 10),
            ("ijlI", 22),
            ("frJ-", 26),
            ("t", 15),
            ("cesx1FLP_", 64),
            ("ACDHNUV", 66),
            ("wGOQ", 46),
            ("mM", 30),
            ("W", 21),
            ("ž日a", 31),
        ] {
            assert_eq!(width(text), wide, "{text}");
        }
    }

    #[test]
    fn a_badge_has_both_parts_and_nothing_of_a_label_acts() {
        let svg = draw("a<b & \"c\"\u{1}", "up", "#4c1");
        assert!(svg.contains(r#"height="20""#) && svg.contains(r#"rx="3""#) && svg.contains("#4c1"), "{svg}");
        assert!(svg.contains(">a&lt;b &amp; &quot;c&quot;</text>"), "{svg}");
        assert!(!svg.contains("a<b") && !svg.contains('\u{1}'), "{svg}");
        // Nine signs of 7, a c of 6 and 10 more are 79; two signs of 7 and 10 more are 24.
        assert!(svg.contains(r#"width="103""#), "{svg}");
        assert!(svg.contains(r#"x="39.5""#) && svg.contains(r#"x="91""#), "{svg}");
    }
}
