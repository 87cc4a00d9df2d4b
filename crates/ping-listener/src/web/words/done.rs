//! What was done, said once on the page that comes after it. Addresses carry a key of this list and never words.

use super::counted;

/// Returns the sentence for a key, or `None` for one that is not in the list; `of` says how many it was done to.
pub(crate) fn sentence(key: &str, of: usize) -> Option<String> {
    let checks = counted(of, "check", "checks");
    let sentence = match key {
        "made" => "The check is made.".to_owned(),
        "saved" => "Saved.".to_owned(),
        "paused" => format!("{checks} paused: nobody waits for their pings."),
        "resumed" => format!("{checks} resumed."),
        "deleted" => format!("{checks} deleted."),
        "tagged" => format!("{checks} tagged."),
        "untagged" => format!("The tag was taken off {checks}."),
        "snoozed" => format!("{checks} snoozed: mails about them wait."),
        "woken" => format!("{checks} not snoozed any more."),
        "applied" => "The proposal is applied: from now on it is asked what fits its pings.".to_owned(),
        "outdated" => {
            "Nothing was changed: the proposal is not the one any more that you read. See what it says now."
                .to_owned()
        }
        "again" => format!("{} sent again.", counted(of, "mail is", "mails are")),
        "none-again" => "No mail was given up.".to_owned(),
        "revoked" => "The key is revoked: it opens nothing any more.".to_owned(),
        "none" => "Nothing was changed: no check was chosen that this can be done to.".to_owned(),
        _ => return None,
    };
    Some(sentence)
}

/// Tells whether a key says that nothing was done.
pub(crate) fn is_refusal(key: &str) -> bool {
    ["none", "none-again"].contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_the_list_is_said() {
        assert_eq!(sentence("deleted", 1).as_deref(), Some("1 check deleted."));
        assert_eq!(sentence("<b>hello</b>", 1), None);
    }
}
