//! Why a check stands as it does, and what in its schedule does not fit: what is known of it, and the same in words.

pub mod declarations;
pub mod declared;
pub mod doctor;
pub mod evidence;
pub mod findings;
pub mod reasons;
pub mod schedule;
pub mod unique_key;
