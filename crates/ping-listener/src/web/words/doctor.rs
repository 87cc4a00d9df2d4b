//! The panel of the schedule doctor; its findings are said in `explaining/findings.rs`, which programs read too.

pub(crate) const TITLE: &str = "Schedule doctor";
pub(crate) const TOO_FEW: &str =
    "Too few pings are known to say what is usual for this check; seven are enough.";
pub(crate) const SOUND: &str = "What is asked of it fits.";
pub(crate) const APPLY: &str = "Apply";
pub(crate) const PROPOSED: &str = "Would fit:";
pub(crate) const CONFIG_LINE: &str = "Would fit, in the config:";
pub(crate) const NEVER_BY_ITSELF: &str = "Nothing is changed until you apply it.";
pub(crate) const MORE: &str = "What it looks at";
