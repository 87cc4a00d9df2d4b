//! What a form asks of a check, and what is wrong with it.

use domain::expression::mistake::Mistake;

pub(crate) const NAME: &str = "Name";
pub(crate) const NAME_HINT: &str = "What people call it: Nightly backup, Pump in the cellar.";
pub(crate) const TAGS: &str = "Tags";
pub(crate) const TAGS_HINT: &str = "Words to find it by, with spaces between.";
pub(crate) const KIND: &str = "When do pings come?";
pub(crate) const BY_PERIOD: &str = "Once in a period";
pub(crate) const BY_SCHEDULE: &str = "By the clock";
pub(crate) const PERIOD: &str = "Period";
pub(crate) const PERIOD_HINT: &str = "The longest time between two pings: 5 min, 1 h 30 min, 1 day.";
pub(crate) const SCHEDULE: &str = "Schedule";
pub(crate) const SCHEDULE_HINT: &str =
    "Cron, as 0 3 * * *, or a calendar expression of systemd, as Mon..Fri 08:00.";
pub(crate) const ZONE: &str = "Time zone";
pub(crate) const ZONE_HINT: &str = "By whose clock: Europe/Riga, America/New_York, UTC.";
pub(crate) const GRACE: &str = "Grace";
pub(crate) const GRACE_HINT: &str = "How long a ping may be late before the alert: 30 s, 10 min.";

pub(crate) const NO_NAME: &str = "Give it a name.";
pub(crate) const NO_LINE: &str = "Write it in one line, without control characters.";
pub(crate) const NO_SCHEDULE: &str = "Write when pings come, like 0 3 * * *.";

pub(crate) fn too_long(most: usize, found: usize) -> String {
    format!("This may have {most} characters, and has {found}.")
}

pub(crate) fn no_length(found: &str) -> String {
    if found.is_empty() {
        return "Write a length of time, like 5 min or 1 h 30 min.".to_owned();
    }
    format!("Write a length of time, like 5 min or 1 h 30 min; “{found}” is none.")
}

pub(crate) fn out_of_range(least: &str, most: &str, found: &str) -> String {
    format!("This may be {least} to {most}, and is {found}.")
}

pub(crate) fn no_schedule(mistake: &Mistake) -> String {
    format!("This cannot be read: {mistake}.")
}

pub(crate) fn no_zone(found: &str) -> String {
    format!("Write a time zone like Europe/Riga; “{found}” is none.")
}
