//! The addresses of pings, described to programs beside the rest.

use serde_json::{Map, Value, json};

/// Describes every address of pings.
pub(super) fn paths() -> Map<String, Value> {
    let mut paths = Map::new();
    let uuid = || vec![place("uuid", &json!({"type": "string", "format": "uuid"}))];
    let slug = || {
        let word = json!({"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"});
        let slug = json!({"type": "string", "pattern": "^[-a-z0-9_]+$"});
        vec![
            place("ping_key", &word),
            place("slug", &slug),
            query("create", &json!({"type": "string", "enum": ["1"]})),
        ]
    };
    let actions = [
        ("", "success", "All is well, or a run ended well."),
        ("/start", "start", "A run begins."),
        ("/fail", "failure", "A run failed."),
        ("/log", "log", "Something to keep, which changes nothing."),
    ];
    for (end, name, about) in actions {
        paths.insert(format!("/ping/{{uuid}}{end}"), methods(&format!("{name}_by_uuid"), about, uuid()));
        let by_slug = methods(&format!("{name}_by_slug"), about, slug());
        paths.insert(format!("/ping/{{ping_key}}/{{slug}}{end}"), by_slug);
    }
    let status = place("exit_status", &json!({"type": "integer", "minimum": 0, "maximum": 255}));
    let about = "A run ended with an exit status: 0 is a success, anything else a failure. \
                 It may follow a UUID too: `/ping/<uuid>/<exit_status>`.";
    let parameters = slug().into_iter().chain([status]).collect();
    paths.insert(
        "/ping/{ping_key}/{slug}/{exit_status}".to_owned(),
        methods("exit_status", about, parameters),
    );
    paths.insert("/ping".to_owned(), by_name());
    paths
}

fn methods(id: &str, about: &str, mut parameters: Vec<Value>) -> Value {
    parameters.push(query("rid", &json!({"type": "string", "format": "uuid"})));
    let described = |method: &str| {
        json!({
            "operationId": format!("{method}_{id}"),
            "summary": about,
            "tags": ["Pings"],
            "parameters": parameters,
            "responses": {
                "200": answer("The ping is on disk."),
                "201": answer("A check was made, and its ping is on disk."),
                "400": answer("The address, the run id or the body cannot be taken."),
                "404": answer("There is no such check, or the key is wrong."),
                "409": answer("More than one check has this slug."),
                "429": answer("Too many requests from this source had to be refused."),
                "503": answer("The ping was not stored; send it again."),
            },
        })
    };
    let mut post = described("post");
    post["requestBody"] = json!({"content": {"text/plain": {"schema": {"type": "string"}}}});
    json!({"get": described("get"), "post": post})
}

/// The one address of pings that is our own.
fn by_name() -> Value {
    let name = json!({"name": "username", "in": "query", "required": true, "schema": {"type": "string", "minLength": 1},
                      "description": "The name of a check of the config."});
    json!({"get": {
        "operationId": "ping_by_name",
        "summary": "A check of the config is alive; the answer is the time by the server's clock.",
        "tags": ["Pings"],
        "parameters": [name, query("key", &json!({"type": "string"}))],
        "responses": {
            "200": answer("The ping is on disk."),
            "400": answer("The name is missing or cannot be read."),
            "403": answer("The ping was sent by a page of another site."),
            "404": answer("There is no such check, or the key is wrong."),
            "429": answer("Too many requests from this source had to be refused."),
            "503": answer("The ping was not stored; send it again."),
        },
    }})
}

fn answer(about: &str) -> Value {
    json!({"description": about, "content": {"text/plain": {"schema": {"type": "string"}}}})
}

fn place(name: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": schema})
}

fn query(name: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "query", "schema": schema})
}
