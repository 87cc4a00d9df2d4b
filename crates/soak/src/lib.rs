//! The soak: hours of load, restarts, clock steps and a failing mail server, watched by an independent collector.
#![expect(clippy::unwrap_used, reason = "a trial that cannot be held fails")]
#![expect(clippy::disallowed_methods, reason = "a trial lives in real time")]
#![expect(clippy::missing_panics_doc, clippy::must_use_candidate, reason = "only the trial calls it")]

pub mod book;
pub mod flatness;
pub mod life;
pub mod load;
pub mod logs;
pub mod meters;
pub mod plan;
pub mod post;
pub mod random;
pub mod report;
pub mod run;
pub mod verdict;
pub mod weather;
