//! What the server has to say about itself on every page, and what of it anybody may hear.

pub(crate) const DISK_FULL: &str = "The disk is full: pings are turned away until there is room.";
pub(crate) const DISK_FULL_PUBLIC: &str = "Pings cannot be stored at the moment.";
pub(crate) const MAILS_STUCK_PUBLIC: &str = "Mails are not going out.";
pub(crate) const CLOCK: &str =
    "The clock cannot be believed yet: nobody is alerted until it is synchronised, 10 minutes at most.";
pub(crate) const MAILS_STAY: &str = "Mails stay on this machine, in the inbox here: nobody else gets them. \
                                     Set SMTP_LOGIN and SMTP_PASSWORD to send them.";
pub(crate) const MAILS_STAY_PUBLIC: &str = "Mails stay on this machine.";
pub(crate) const DISK_LOW: &str = "There is little room left on the disk.";

pub(crate) fn mails_stuck(trouble: &str) -> String {
    format!("Mails are not going out: {trouble}. They are kept and tried again.")
}

/// Tells the first mistake only, and how many there are if there are more: the page of the settings has all.
pub(crate) fn config_refused(error: &str) -> String {
    let lines: Vec<_> = error.lines().collect();
    let told = match lines[..] {
        [first, _, .., count] => format!("{first}; {count}"),
        [first, ..] => first.to_owned(),
        [] => String::new(),
    };
    format!("The changed config was refused, and the old one stays in force: {told}")
}

pub(crate) fn recipients_refused(number: u64) -> String {
    let were = if number == 1 { "recipient was" } else { "recipients were" };
    format!("{number} {were} refused for good by the mail server; look at the mails that were given up.")
}

pub(crate) fn mails_unknown(number: u64) -> String {
    let were = if number == 1 { "mail was" } else { "mails were" };
    format!(
        "{number} {were} given up: this version does not know their kind, and a newer one can send them again."
    )
}
