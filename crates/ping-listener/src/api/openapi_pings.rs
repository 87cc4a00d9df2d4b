//! The addresses of pings, described to programs beside the rest.

use serde_json::{Map, Value, json};

/// Describes every address of pings.
pub(super) fn paths() -> Map<String, Value> {
    let mut paths = Map::new();
    let uuid = || vec![place("uuid", "The check's UUID.", &json!({"type": "string", "format": "uuid"}))];
    let slug = || {
        let word = json!({"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"});
        let slug = json!({"type": "string", "pattern": "^[-a-z0-9_]+$"});
        vec![
            place("ping_key", "A ping key, which opens all slugs.", &word),
            place("slug", "The check's slug.", &slug),
            query(
                "create",
                "Makes a check with this slug if there is none.",
                &json!({"type": "string", "enum": ["1"]}),
            ),
        ]
    };
    let actions = [
        ("", "success", "All is well, or a run ended well."),
        ("/start", "start", "A run begins."),
        ("/fail", "failure", "A run failed."),
        ("/log", "log", "Something to keep, which changes nothing."),
    ];
    for (end, name, about) in actions {
        let by_uuid = methods(&format!("{name}_by_uuid"), about, (uuid(), BY_UUID));
        paths.insert(format!("/ping/{{uuid}}{end}"), by_uuid);
        let by_slug = methods(&format!("{name}_by_slug"), about, (slug(), BY_SLUG));
        paths.insert(format!("/ping/{{ping_key}}/{{slug}}{end}"), by_slug);
    }
    let range = json!({"type": "integer", "minimum": 0, "maximum": 255});
    let status = place("exit_status", "How the run ended.", &range);
    let about = "A run ended with an exit status: 0 is a success, anything else a failure. \
                 It may follow a UUID too: `/ping/<uuid>/<exit_status>`.";
    let parameters = slug().into_iter().chain([status]).collect();
    paths.insert(
        "/ping/{ping_key}/{slug}/{exit_status}".to_owned(),
        methods("exit_status", about, (parameters, BY_SLUG)),
    );
    paths.insert("/ping".to_owned(), by_name());
    paths
}

const BY_UUID: &[(&str, &str)] = &[
    ("200", "The ping is on disk."),
    ("400", "The address, the run id or the body cannot be taken."),
    ("404", "There is no such check."),
    ("429", "Too many requests from this source had to be refused."),
    ("503", "The ping was not stored; send it again."),
];

const BY_SLUG: &[(&str, &str)] = &[
    ("200", "The ping is on disk."),
    ("201", "A check was made, and its ping is on disk."),
    ("400", "The address, the run id or the body cannot be taken."),
    ("404", "There is no such check, or the key is wrong."),
    ("409", "More than one check has this slug."),
    ("429", "Too many requests from this source had to be refused."),
    ("503", "The ping was not stored; send it again."),
];

fn methods(id: &str, about: &str, (mut parameters, answers): (Vec<Value>, &[(&str, &str)])) -> Value {
    let rid = json!({"type": "string", "format": "uuid"});
    parameters.push(query("rid", "The id of the run, if it has one.", &rid));
    let responses: Map<String, Value> =
        answers.iter().map(|(status, about)| ((*status).to_owned(), answer(about))).collect();
    let described = |method: &str| {
        json!({
            "operationId": format!("{method}_{id}"),
            "summary": about,
            "tags": ["Pings"],
            "parameters": parameters,
            "responses": responses,
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
    let described = |id: &str| {
        json!({
            "operationId": id,
            "summary": "A check of the config is alive; the answer is the time by the server's clock.",
            "tags": ["Pings"],
            "parameters": [&name, query("key", "The check's own `ping_key`, if it has one.", &json!({"type": "string"}))],
            "responses": {
                "200": answer("The ping is on disk."),
                "400": answer("The name is missing or cannot be read."),
                "403": answer("The ping was sent by a page of another site."),
                "404": answer("There is no such check, or the key is wrong."),
                "429": answer("Too many requests from this source had to be refused."),
                "503": answer("The ping was not stored; send it again."),
            },
        })
    };
    json!({"get": described("ping_by_name"), "post": described("post_ping_by_name")})
}

fn answer(about: &str) -> Value {
    json!({"description": about, "content": {"text/plain": {"schema": {"type": "string"}}}})
}

fn place(name: &str, about: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "path", "required": true, "description": about, "schema": schema})
}

fn query(name: &str, about: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "query", "description": about, "schema": schema})
}
