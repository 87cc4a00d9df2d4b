//! What the page about the interface says around the description that it shows.

pub(super) const LANGUAGE: &str = "en";
pub(super) const WINDOW: &str = "API · Ping Listener";
pub(super) const BRAND: &str = "Ping Listener";
pub(super) const SKIP: &str = "Skip to the content";
pub(super) const PAGES: &str = "Pages";
pub(super) const HELP: &str = "Help";
pub(super) const TITLE: &str = "API";
pub(super) const ALL_BEGIN_WITH: &str = "All addresses begin with";
pub(super) const FOR_PROGRAMS: &str = "Programs read the same as";
pub(super) const OPENAPI: &str = "OpenAPI 3.1";
pub(super) const OPERATIONS: &str = "Operations";
pub(super) const KEY: &str = "Key";
pub(super) const BODY: &str = "Body";
pub(super) const SHAPES: &str = "Shapes";
