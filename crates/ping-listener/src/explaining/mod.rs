//! Why a check stands as it does: what is known of it, and the same in a paragraph.

pub mod declarations;
pub mod declared;
pub mod evidence;
pub mod reasons;
pub mod schedule;
