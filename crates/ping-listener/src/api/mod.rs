//! Answers for programs.

pub mod health;
