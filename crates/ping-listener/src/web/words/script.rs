//! What the scripts of the pages say; served to them as a module of its own.

/// The module `words.js`. What stands in braces is replaced by the script.
pub(crate) const MODULE: &str = r#"// What the scripts of the pages say.
export const words = {
  ago: "{distance} ago",
  ahead: "in {distance}",
  seconds: "s",
  minutes: "min",
  hours: "h",
  days: "d",
  never: "never",
  none: "none",
  copied: "Copied",
  copyFailed: "Select and copy it by hand",
  liveLost: "No word from the server since {time}: what is shown is as old as that. Trying again.",
  signedOut: "You are signed out here; reload the page to sign in again.",
  signInFirst: "You are signed out here: sign in in another window before you save, or what you filled in is lost.",
  switchedOn: "switched on",
  switchedOff: "switched off",
  unreachable: "the server cannot be reached",
  chosen: "{number} chosen:",
  window: "{title} · Ping Listener",
};
"#;

#[cfg(test)]
mod tests {
    use super::super::layout::window;
    use super::super::{NEVER, NONE};
    use super::*;

    #[test]
    fn the_script_says_the_same_as_the_server() {
        assert!(MODULE.contains(&format!("never: \"{NEVER}\"")));
        assert!(MODULE.contains(&format!("none: \"{NONE}\"")));
        assert!(MODULE.contains(&format!("window: \"{}\"", window("{title}"))));
    }
}
