//! The rules: what a check is, when it is late, and what is to be said about it.
