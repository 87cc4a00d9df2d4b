//! Where the config declares a check: what somebody is told who wants to change it elsewhere.

use crate::explaining::declarations::{Declarations, Later};
use crate::reload::Origin;

/// The config that declares the checks.
pub(super) struct DeclaringConfig(pub(super) Origin);

impl Declarations for DeclaringConfig {
    /// The file is read anew: it is seldom asked, and a million lines would have to be remembered for it.
    fn place_of<'d>(&'d self, name: &'d str) -> Later<'d, String> {
        let (origin, name) = (self.0.clone(), name.to_owned());
        Box::pin(async move {
            let file = origin.name();
            let line = tokio::task::spawn_blocking(move || line_of(&origin, &name)).await;
            match line {
                Ok(Some(line)) => format!("{file}, line {line}"),
                Ok(None) | Err(_) => file,
            }
        })
    }
}

/// Returns the line on which a user stands, or `None` if the file has changed and is not in force.
fn line_of(origin: &Origin, name: &str) -> Option<u32> {
    origin.read().ok()?.users.iter().find(|user| &*user.name == name).map(|user| user.line)
}
