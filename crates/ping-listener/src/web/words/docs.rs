//! What the help says around its texts.

pub(crate) const TEXTS: &str = "Help";
pub(crate) const API: &str = "API reference";
