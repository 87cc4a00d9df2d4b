//! What another server says of its checks, as this one understands it.

pub mod source;
pub mod theirs;
