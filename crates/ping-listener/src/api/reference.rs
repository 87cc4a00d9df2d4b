//! The interface as it describes itself to people: one page, made from the same description that programs get.

use std::sync::Arc;

use askama::Template;
use http::StatusCode;
use serde_json::Value;

use super::call::Call;
use super::openapi::describe;
use super::operations::Outcome;
use super::{Api, answers, badge_svg, words};

/// Shows the description.
pub(super) async fn page(api: Arc<Api>, _call: Call) -> Outcome {
    let page = read(&describe(api.links.load().root()));
    match page.render() {
        Ok(text) => Ok(answers::of_type(StatusCode::OK, "text/html; charset=utf-8", text)),
        Err(_) => {
            Ok(answers::text(StatusCode::INTERNAL_SERVER_ERROR, "The page could not be made; try again."))
        }
    }
}

#[derive(Template)]
#[template(path = "reference.html")]
struct Page {
    about: String,
    root: String,
    chapters: Vec<Chapter>,
    shapes: Vec<Shape>,
}

/// What belongs together.
struct Chapter {
    name: String,
    entries: Vec<Entry>,
}

/// One method of one address.
struct Entry {
    id: String,
    method: String,
    path: String,
    summary: String,
    key: String,
    parameters: Vec<Member>,
    body: Option<String>,
    answers: Vec<Line>,
}

/// A member of a shape, or a parameter.
struct Member {
    name: String,
    kind: String,
    about: String,
}

struct Line {
    status: String,
    about: String,
    shape: Option<String>,
}

/// What a body looks like.
struct Shape {
    name: String,
    about: String,
    members: Vec<Member>,
    examples: Vec<String>,
}

fn read(document: &Value) -> Page {
    let mut chapters: Vec<Chapter> = Vec::new();
    for (path, methods) in members(&document["paths"]) {
        for (method, described) in members(methods) {
            let entry = entry(path, method, (described, &document["components"]["securitySchemes"]));
            let name = text(&described["tags"][0]);
            match chapters.iter_mut().find(|chapter| chapter.name == name) {
                Some(chapter) => chapter.entries.push(entry),
                None => chapters.push(Chapter { name, entries: vec![entry] }),
            }
        }
    }
    chapters.sort_by_key(|chapter| (chapter.name != "Checks", chapter.name != "Pings", chapter.name.clone()));
    let shapes = members(&document["components"]["schemas"]).map(|(name, schema)| shape(name, schema));
    Page {
        about: prose(&document["info"]["description"]),
        root: text(&document["servers"][0]["url"]),
        chapters,
        shapes: shapes.collect(),
    }
}

fn entry(path: &str, method: &str, (described, keys): (&Value, &Value)) -> Entry {
    let parameters = list(&described["parameters"]).iter().map(|parameter| Member {
        name: text(&parameter["name"]),
        kind: kind(&parameter["schema"]),
        about: prose(&parameter["description"]),
    });
    let answers = members(&described["responses"]).map(|(status, answer)| Line {
        status: status.clone(),
        about: prose(&answer["description"]),
        shape: shape_of(answer),
    });
    let key = members(&described["security"][0]).next().map(|(name, _)| key(&keys[name]));
    Entry {
        id: text(&described["operationId"]),
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        summary: prose(&described["summary"]),
        key: key.unwrap_or_default(),
        parameters: parameters.collect(),
        body: shape_of(&described["requestBody"]),
        answers: answers.collect(),
    }
}

fn shape(name: &str, schema: &Value) -> Shape {
    let of = members(&schema["properties"]).map(|(name, member)| Member {
        name: name.clone(),
        kind: kind(member),
        about: prose(&member["description"]),
    });
    let choices = list(&schema["oneOf"]).iter().map(|choice| Member {
        name: text(&choice["const"]),
        kind: kind(choice),
        about: prose(&choice["description"]),
    });
    let examples = list(&schema["examples"]).iter().map(ToString::to_string);
    Shape {
        name: name.to_owned(),
        about: prose(&schema["description"]),
        members: of.chain(choices).collect(),
        examples: examples.collect(),
    }
}

/// Says what opens an operation, and where it goes.
fn key(scheme: &Value) -> String {
    let place = match scheme["name"].as_str() {
        Some(header) => format!("in the header <code>{header}</code>"),
        None => "as a bearer token".to_owned(),
    };
    format!("{}, {place}.", prose(&scheme["description"]).trim_end_matches('.'))
}

/// Says in a few words what a value may be.
fn kind(schema: &Value) -> String {
    if let Some(name) = named(schema) {
        return name;
    }
    if let [first, ..] = list(&schema["anyOf"]) {
        return kind(first);
    }
    let words = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        Value::String(kind) if kind == "array" => format!("array of {}", kind_of_items(&schema["items"])),
        Value::String(kind) => kind.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    };
    let choices: Vec<_> = list(&schema["enum"]).iter().map(ToString::to_string).collect();
    let bounds = [
        ("minimum", "from "),
        ("maximum", "to "),
        ("maxLength", "at most characters: "),
        ("pattern", "like "),
        ("format", "as "),
    ];
    let bounds = bounds.iter().filter_map(|(name, word)| {
        let bound = schema.get(*name)?;
        Some(format!("{word}{}", bound.as_str().map_or_else(|| bound.to_string(), str::to_owned)))
    });
    let choices = (!choices.is_empty()).then(|| choices.join(", "));
    std::iter::once(words)
        .chain(choices)
        .chain(bounds)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

fn kind_of_items(items: &Value) -> String {
    named(items).unwrap_or_else(|| kind(items))
}

/// Returns the name of the shape in a body.
fn shape_of(holder: &Value) -> Option<String> {
    members(&holder["content"]).find_map(|(_, content)| named(&content["schema"]))
}

/// Returns the name of a shape that is described elsewhere.
fn named(schema: &Value) -> Option<String> {
    schema["$ref"].as_str()?.rsplit('/').next().map(str::to_owned)
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Returns a text as HTML: what stands between backticks is code.
fn prose(value: &Value) -> String {
    let mut html = String::new();
    for (place, part) in value.as_str().unwrap_or_default().split('`').enumerate() {
        let (begin, end) = if place % 2 == 0 { ("", "") } else { ("<code>", "</code>") };
        html.extend([begin, &badge_svg::escaped(part), end]);
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_act_as_markup() {
        let html = prose(&"`<b>` & <i>".into());
        assert_eq!(html, "<code>&lt;b&gt;</code> &amp; &lt;i&gt;");
    }

    #[test]
    fn the_page_has_every_operation_and_every_shape() {
        let document = describe("https://pings.example.org");
        let html = read(&document).render().unwrap();
        for (path, methods) in members(&document["paths"]) {
            for (_, described) in members(methods) {
                assert!(html.contains(&format!("id=\"{}\"", text(&described["operationId"]))), "{path}");
            }
        }
        for (name, _) in members(&document["components"]["schemas"]) {
            assert!(html.contains(&format!("id=\"shape-{name}\"")), "{name}");
        }
        assert!(!html.contains("<script"), "the page works without scripts");
        assert!(
            !html.contains('`') && html.contains("header <code>X-Api-Key</code>, and in a POST"),
            "{html}"
        );
        let key = "Key: A key for reading, or one for writing, in the header <code>X-Api-Key</code>.";
        assert!(html.contains(key), "{html}");
    }
}
