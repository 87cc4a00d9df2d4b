//! What a template says by itself, outside of its expressions.

/// Attributes that people read or hear.
const SPOKEN: &[&str] = &["alt", "aria-description", "aria-label", "data-label", "placeholder", "title"];

/// Finds the words that stand in a template between its tags or in an attribute that is read out, with their lines.
/// Words in code are names, and are not found.
pub(crate) fn literal_words(template: &str) -> Vec<(usize, String)> {
    let bare = without_expressions(template);
    let mut found = Vec::new();
    let (mut line, mut rest) = (1, bare.as_str());
    while let Some(start) = rest.find('<') {
        note(&rest[..start], line, &mut found);
        line += newlines(&rest[..start]);
        let end = end_of_tag(&rest[start..]) + start;
        let tag = &rest[start..end];
        for value in SPOKEN.iter().filter_map(|name| attribute(tag, name)) {
            note(value, line, &mut found);
        }
        line += newlines(tag);
        rest = &rest[end..];
        if tag.starts_with("<code") {
            let close = rest.find("</").unwrap_or(rest.len());
            line += newlines(&rest[..close]);
            rest = &rest[close..];
        }
    }
    note(rest, line, &mut found);
    found
}

/// Takes out `{{ … }}`, `{% … %}` and `{# … #}`, and keeps the lines.
fn without_expressions(template: &str) -> String {
    let mut bare = String::new();
    let mut rest = template;
    while let Some(start) = ["{{", "{%", "{#"].iter().filter_map(|open| rest.find(open)).min() {
        bare.push_str(&rest[..start]);
        let close = match &rest[start..start + 2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let end = rest[start..].find(close).map_or(rest.len(), |at| start + at + 2);
        bare.extend(rest[start..end].chars().filter(|sign| *sign == '\n'));
        rest = &rest[end..];
    }
    bare.push_str(rest);
    bare
}

/// A tag ends at the first `>` that is not in quotes.
fn end_of_tag(text: &str) -> usize {
    let mut is_quoted = false;
    for (at, sign) in text.char_indices() {
        match sign {
            '"' => is_quoted = !is_quoted,
            '>' if !is_quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, after) = tag.split_once(&format!(" {name}=\""))?;
    after.split_once('"').map(|(value, _)| value)
}

fn note(text: &str, line: usize, found: &mut Vec<(usize, String)>) {
    let lead = text.len() - text.trim_start().len();
    let line = line + newlines(&text[..lead]);
    let text = without_entities(text.trim());
    if text.chars().any(char::is_alphabetic) {
        found.push((line, text));
    }
}

/// Takes out signs that are written by name: `&amp;`.
fn without_entities(text: &str) -> String {
    let mut parts = text.split('&');
    let mut bare = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        bare.push_str(part.split_once(';').map_or(part, |(_, after)| after));
    }
    bare
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_between_tags_and_in_what_is_read_out() {
        let template =
            "<p class=\"note\">{{ words::A }}, {# hidden #}&amp; 1</p>\n<b title=\"Say it\">\n Loud\n</b>";
        assert_eq!(literal_words(template), [(2, "Say it".to_owned()), (3, "Loud".to_owned())]);
        assert_eq!(literal_words("<a title=\"{{ x }}\" href=\"/a?b\">{% if a > b %}→{% endif %}</a>"), []);
    }
}
