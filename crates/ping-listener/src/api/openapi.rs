//! The interface as it describes itself to programs: `OpenAPI` 3.1, made from what the server itself routes by.

use std::sync::Arc;

use http::StatusCode;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::catalogue::OPERATIONS;
use super::operations::{Access, Answer, Content, Operation, Outcome, Query, QueryKind, shape};
use super::shapes::{ShieldsShape, TallyShape};
use super::{Api, answers, openapi_pings};

const ABOUT: &str = "Checks, their pings and how they stand. The interface is that of Healthchecks, versions 1 to 3, \
so that its clients work unchanged; what is our own says so. \
Keys go into the header `X-Api-Key`, and in a POST they may stand in the body instead, as its member `api_key`.";

/// A key that stands for a UUID in every example.
const UUID: &str = "7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55";

/// Returns the description.
pub(super) async fn document(api: Arc<Api>, _call: Call) -> Outcome {
    Ok(answers::json(StatusCode::OK, &describe(api.links.load().root())))
}

/// Describes everything that can be asked of a server at this address.
pub(super) fn describe(root: &str) -> Value {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = SchemaGenerator::new(settings);
    let mut paths = openapi_pings::paths();
    for operation in OPERATIONS {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_ascii_lowercase()] = described(operation, &mut generator);
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Ping Listener", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT},
        "servers": [{"url": root}],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": {
                "ReadKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key",
                            "description": "A key for reading, or one for writing."},
                "WriteKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key",
                             "description": "A key for writing."},
                "MetersKey": {"type": "apiKey", "in": "header", "name": "X-Metrics-Key",
                              "description": "The key of the operator."},
                "MetricsKey": {"type": "http", "scheme": "bearer", "description": "A key for reading."},
            },
        },
    })
}

fn described(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [tag(operation.path)],
        "parameters": parameters(operation),
        "responses": responses(operation, generator),
    });
    if let Some(security) = security(operation) {
        described["security"] = json!([{ security: [] }]);
    }
    if let Some(shape) = operation.body {
        let schema = shape(generator);
        described["requestBody"] = json!({"content": {"application/json": {"schema": schema}}});
    }
    described
}

fn security(operation: &Operation) -> Option<&'static str> {
    match operation.access {
        Access::Read => Some("ReadKey"),
        Access::Write => Some("WriteKey"),
        Access::Proof if operation.path.starts_with("/api/") => Some("MetersKey"),
        Access::Proof if operation.path.ends_with('/') => Some("MetricsKey"),
        Access::Proof | Access::Anybody => None,
    }
}

fn tag(path: &str) -> &'static str {
    match path {
        _ if path.starts_with("/badge/") || path.starts_with("/b/") || path.ends_with("/badges/") => "Badges",
        _ if path.starts_with("/projects/") => "Metrics",
        _ if path.contains("/checks/") => "Checks",
        _ if path.ends_with("/channels/") => "Channels",
        _ if path.contains("{version}") => "Operation",
        _ => "Description",
    }
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let names =
        operation.path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name);
    let places = names.map(|name| place(name, operation));
    places.chain(operation.queries.iter().map(query)).collect()
}

fn place(name: &str, operation: &Operation) -> Value {
    let (about, schema) = match name {
        "version" => {
            ("The version, of which 3 is the latest.", json!({"type": "string", "enum": ["v3", "v2", "v1"]}))
        }
        "code"
            if operation.id == "get_check"
                || operation.id == "list_flips"
                || operation.id == "explain_check" =>
        {
            (
                "The check's UUID, or its unique key.",
                json!({"type": "string", "pattern": "^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{40})$", "examples": [UUID]}),
            )
        }
        "n" => ("The ping's number.", json!({"type": "integer", "minimum": 1})),
        "code" => ("The check's UUID.", json!({"type": "string", "format": "uuid", "examples": [UUID]})),
        "project" => (
            "Any UUID: one server is one project.",
            json!({"type": "string", "format": "uuid", "examples": [UUID]}),
        ),
        "states" => (
            "How many states the badge tells: 2, or 3 with `late` between `up` and `down`.",
            json!({"type": "integer", "enum": [2, 3]}),
        ),
        "file" => (
            "What the badge is of, and its format.",
            json!({"type": "string", "pattern": "^[A-Za-z0-9%~_.-]+\\.(svg|json|shields)$", "examples": ["Qm3xT7Lk-2.svg"]}),
        ),
        "key" => ("A key for reading.", json!({"type": "string", "minLength": 32, "maxLength": 32})),
        _ => ("A part of the address of a badge.", json!({"type": "string", "pattern": "^[A-Za-z0-9_-]+$"})),
    };
    json!({"name": name, "in": "path", "required": true, "description": about, "schema": schema})
}

fn query(query: &Query) -> Value {
    let schema = match query.kind {
        QueryKind::Text => json!({"type": "string"}),
        QueryKind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        QueryKind::Length => json!({"type": "string", "pattern": "^(0|[0-9]+[smhd])$", "examples": ["20m"]}),
        QueryKind::UpTo(most) => json!({"type": "integer", "minimum": 0, "maximum": most}),
    };
    let mut described =
        json!({"name": query.name, "in": "query", "description": query.about, "schema": schema});
    if let QueryKind::Length = query.kind {
        described["required"] = true.into();
    }
    described
}

fn responses(operation: &Operation, generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut responses: Map<String, Value> = operation
        .answers
        .iter()
        .map(|answer| (answer.status.to_string(), response(answer, generator)))
        .collect();
    let always: &[(&str, &str)] = &[
        ("405", "The method is not one of this address."),
        ("429", "Too many requests from this source had to be refused."),
        ("503", "The data cannot be read or written at the moment."),
    ];
    let with_body: &[(&str, &str)] =
        &[("413", "The body has more than 64 KiB."), ("415", "The body is compressed, which is not taken.")];
    let of_version: &[(&str, &str)] = &[("404", "There is no such thing.")];
    let of_body = if operation.method == http::Method::POST { with_body } else { &[] };
    let of_version = if operation.path.contains('{') { of_version } else { &[] };
    for (status, about) in always.iter().chain(of_body).chain(of_version) {
        let plain = json!({"description": about, "content": {"text/plain": {"schema": {"type": "string"}}}});
        responses.entry(*status).or_insert(plain);
    }
    responses
}

fn response(answer: &Answer, generator: &mut SchemaGenerator) -> Value {
    let mut response = json!({"description": answer.about});
    match answer.content {
        Content::Nothing => {}
        Content::Json(shape) => {
            response["content"] = json!({"application/json": {"schema": shape(generator)}});
        }
        Content::Of("image/svg+xml") => {
            let text = json!({"schema": {"type": "string"}});
            let shapes = json!([shape::<TallyShape>(generator), shape::<ShieldsShape<'_>>(generator)]);
            let data = json!({"schema": {"oneOf": shapes}});
            response["content"] = json!({"image/svg+xml": text, "application/json": data});
        }
        Content::Of("application/json") => {
            response["content"] = json!({"application/json": {"schema": {"type": "object"}}});
        }
        Content::Of(kind) => response["content"] = json!({kind: {"schema": {"type": "string"}}}),
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_routed_is_described_once() {
        let described = describe("https://pings.example.org");
        let mut names = std::collections::BTreeSet::new();
        for operation in OPERATIONS {
            let method = operation.method.as_str().to_ascii_lowercase();
            let there = &described["paths"][operation.path][&method];
            assert_eq!(there["operationId"], operation.id, "{}", operation.path);
            assert!(names.insert(operation.id), "{} is named twice", operation.id);
        }
    }

    #[test]
    fn every_shape_that_is_named_is_there() {
        let text = describe("").to_string();
        let described: Value = serde_json::from_str(&text).unwrap();
        for name in text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(described["components"]["schemas"].get(name).is_some(), "{name}");
        }
        let members = &described["components"]["schemas"]["CheckRequest"];
        assert_eq!(members["properties"]["name"]["type"], "string");
        assert_eq!(members["properties"]["max_runtime"]["type"], json!(["integer", "null"]));
        assert_eq!(members.get("required"), None);
    }
}
