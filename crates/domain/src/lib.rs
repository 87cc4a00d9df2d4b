//! The rules: what a check is, when it is late, and what is to be said about it.
//!
//! Nothing here reads a clock, a file, a socket or a random number: whoever calls says what time it is.
//!
//! * [`check`]: a check, and what an event does to it: the one place where states change.
//! * [`account`]: why a check stands where it stands.
//! * [`demand`]: what is asked of a check, and who is told.
//! * [`doctor`]: what the real pings are like, and what does not fit them in what is asked.
//! * [`expression`]: cron and OnCalendar schedules, and when they come next.
//! * [`gap`]: own downtime, and how it moves deadlines.
//! * [`managed`]: a check made over the API, by Healthchecks' rules, with what an event does to it.
//! * [`notification`], [`retry`]: what is to be said, and how long it is tried.

pub mod account;
pub mod check;
pub mod demand;
pub mod doctor;
pub mod expression;
pub mod flip;
pub mod gap;
pub mod id;
pub mod managed;
pub mod notification;
pub mod ping;
pub mod retry;
pub mod schedule;
pub mod slug;
pub mod standing;
pub mod time;
pub mod wall;
pub mod zone;

mod planted;
