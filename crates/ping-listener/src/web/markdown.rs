//! The texts of the help as pages: from Markdown to HTML, with places to link to and lines to copy.

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::words;

/// The address that stands for this server in the texts.
const EXAMPLE_ROOT: &str = "https://pings.example.org";

/// A text as a page.
#[derive(Debug)]
pub(super) struct Rendered {
    /// Its first heading.
    pub(super) title: String,
    pub(super) html: String,
    /// The headings below it: the place to link to, and the words.
    pub(super) sections: Vec<(String, String)>,
}

/// Returns the first heading of a text.
pub(super) fn title(source: &str) -> &str {
    source.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default()
}

/// Makes a page of a text in which `root` stands where the texts have an example's address.
///
/// The texts are our own, but nothing in them is taken for HTML.
#[expect(clippy::wildcard_enum_match_arm, reason = "the most of what a text can have stays as it is")]
pub(super) fn render(source: &str, root: &str) -> Rendered {
    let mut page = Page { root, title: String::new(), sections: Vec::new(), heading: String::new() };
    let mut events = Vec::new();
    let mut parser = Parser::new_ext(source, Options::ENABLE_TABLES);
    while let Some(event) = parser.next() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => page.heading(level, &mut parser, &mut events),
            Event::Start(Tag::CodeBlock(kind)) => page.code(&kind, &mut parser, &mut events),
            Event::Start(Tag::Table(alignments)) => {
                events.push(markup(format!(
                    "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-labelledby=\"{}\">",
                    page.place()
                )));
                events.push(Event::Start(Tag::Table(alignments)));
            }
            Event::End(TagEnd::Table) => events.extend([Event::End(TagEnd::Table), markup("</div>\n")]),
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let dest_url = address(&dest_url).into();
                events.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
            }
            Event::Code(code) => events.push(Event::Code(page.own(&code))),
            Event::Html(text) | Event::InlineHtml(text) => events.push(Event::Text(text)),
            other => events.push(other),
        }
    }
    let mut html = String::with_capacity(source.len() * 2);
    pulldown_cmark::html::push_html(&mut html, events.into_iter());
    Rendered { title: page.title, html, sections: page.sections }
}

/// A page in the making.
struct Page<'r> {
    root: &'r str,
    title: String,
    sections: Vec<(String, String)>,
    /// The latest heading.
    heading: String,
}

impl Page<'_> {
    /// Puts this server's address where the text has the example's.
    fn own(&self, text: &str) -> CowStr<'static> {
        text.replace(EXAMPLE_ROOT, self.root).into()
    }

    /// Names the place of the latest heading.
    fn place(&self) -> String {
        place(&self.heading)
    }

    fn heading<'a>(&mut self, level: HeadingLevel, parser: &mut Parser<'a>, events: &mut Vec<Event<'a>>) {
        let inner: Vec<_> =
            parser.take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_)))).collect();
        self.heading = inner.iter().filter_map(words_of).collect();
        match level {
            HeadingLevel::H1 => self.title.clone_from(&self.heading),
            HeadingLevel::H2 => self.sections.push((self.place(), self.heading.clone())),
            HeadingLevel::H3 | HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => {}
        }
        events.push(markup(format!("<{level} id=\"{}\">", self.place())));
        events.extend(inner);
        events.push(markup(format!("</{level}>\n")));
    }

    /// Shows lines of code, and a button that copies them where they are for taking along.
    fn code<'a>(&self, kind: &CodeBlockKind<'a>, parser: &mut Parser<'a>, events: &mut Vec<Event<'a>>) {
        let inner = parser.take_while(|event| !matches!(event, Event::End(TagEnd::CodeBlock)));
        let code: String = inner.filter_map(|event| words_of(&event)).collect();
        let is_to_take = matches!(kind, CodeBlockKind::Fenced(language) if !["", "text", "console"].contains(&&**language));
        let (before, after) =
            if is_to_take { ("<div class=\"copyable lines\">", "</div>\n") } else { ("", "\n") };
        let copy = words::COPY;
        let button = if is_to_take {
            format!("<button type=\"button\" class=\"small\">{copy}</button>")
        } else {
            String::new()
        };
        events.push(markup(format!("{before}<pre tabindex=\"0\"><code>")));
        events.push(Event::Text(self.own(&code)));
        events.push(markup(format!("</code></pre>{button}{after}")));
    }
}

fn markup<'a>(html: impl Into<CowStr<'a>>) -> Event<'a> {
    Event::Html(html.into())
}

fn words_of(event: &Event<'_>) -> Option<String> {
    if let Event::Text(text) | Event::Code(text) = event { Some(text.to_string()) } else { None }
}

/// Names the place of a heading as those who read the texts elsewhere know it: `where-mail-goes`.
fn place(heading: &str) -> String {
    let heading = heading.to_lowercase();
    let kept = heading.chars().filter(|sign| sign.is_alphanumeric() || [' ', '-', '_'].contains(sign));
    kept.map(|sign| if sign == ' ' { '-' } else { sign }).collect()
}

/// Leads from one text to another as the pages do: `config.md#an-example` becomes `/docs/config#an-example`.
fn address(link: &str) -> String {
    let (file, place) = link.split_at(link.find('#').unwrap_or(link.len()));
    match file.strip_suffix(".md") {
        Some(name) if !name.contains(['/', ':']) => format!("{}{place}", super::docs::address(name)),
        Some(_) | None => link.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_a_page_with_places_and_lines_to_copy() {
        let source = "# The title\n\nSee [there](config.md#an-example), [here](#x) and [that](/api/).\n\n## Where `mail` goes, too\n\n\
                      | a | b |\n| --- | --- |\n| `https://pings.example.org/x` | <b>c</b> |\n\n```sh\ncurl 'https://pings.example.org/ping/x' && a <b\n```\n\n```text\nout\n```\n";
        let page = render(source, "http://127.0.0.1:5000");
        assert_eq!(page.title, "The title");
        assert_eq!(title(source), "The title");
        assert_eq!(page.sections, [("where-mail-goes-too".to_owned(), "Where mail goes, too".to_owned())]);
        for part in [
            "<h1 id=\"the-title\">The title</h1>",
            "<h2 id=\"where-mail-goes-too\">Where <code>mail</code> goes, too</h2>",
            "<a href=\"/docs/config#an-example\">there</a>, <a href=\"#x\">here</a> and <a href=\"/api/\">",
            "tabindex=\"0\" aria-labelledby=\"where-mail-goes-too\"><table>",
            "<td><code>http://127.0.0.1:5000/x</code></td><td>&lt;b&gt;c&lt;/b&gt;</td>",
            "<code>curl 'http://127.0.0.1:5000/ping/x' &amp;&amp; a &lt;b\n</code></pre><button",
            "<pre tabindex=\"0\"><code>out\n</code></pre>\n",
        ] {
            assert!(page.html.contains(part), "{part}\n{}", page.html);
        }
        assert!(!page.html.contains("style="), "{}", page.html);
    }
}
