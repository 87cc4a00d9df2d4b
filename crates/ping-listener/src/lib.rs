//! A heartbeat monitor that does not lie.
