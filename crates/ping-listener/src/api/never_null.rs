//! Members that may be left out but are never null, told so to the readers of the description.

use schemars::Schema;
use serde_json::Value;

/// Takes null away from every member but `max_runtime`, where it means no limit; all of them may be left out.
pub(super) fn but_max_runtime(schema: &mut Schema) {
    but(schema, &["max_runtime"]);
    schema.remove("required");
}

/// Takes null away from every member but the times of a check that has none yet.
pub(super) fn but_times(schema: &mut Schema) {
    but(schema, &["last_ping", "next_ping"]);
}

fn but(schema: &mut Schema, kept: &[&str]) {
    let members = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (_, member) in members.into_iter().flatten().filter(|(name, _)| !kept.contains(&name.as_str())) {
        let Some(member) = member.as_object_mut() else { continue };
        if let Some(Value::Array(kinds)) = member.get_mut("type") {
            kinds.retain(|kind| kind != "null");
            if let [only] = &kinds[..] {
                let only = only.clone();
                member.insert("type".to_owned(), only);
            }
        }
        let choices = member.get_mut("anyOf").and_then(Value::as_array_mut);
        if let Some(choices) = choices {
            choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
        }
    }
}
