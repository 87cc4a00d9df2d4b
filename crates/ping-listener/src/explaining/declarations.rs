//! Where declared checks are declared.

use std::pin::Pin;

/// Something that is said later.
pub type Later<'l, T> = Pin<Box<dyn Future<Output = T> + Send + 'l>>;

/// The config as far as it declares checks.
pub trait Declarations: Send + Sync {
    /// Returns the file and the line that declare the check of this name, in words.
    fn place_of<'d>(&'d self, name: &'d str) -> Later<'d, String>;
}
