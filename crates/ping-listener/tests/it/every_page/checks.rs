//! Who is watched in the six weeks, and when each pinged.

use jiff::{Timestamp, ToSpan as _};

use super::history::{LIFE, ZONE};

pub(super) const BACKUP: &str = "Nightly backup";
pub(super) const SYNC: &str = "Sync of orders";
pub(super) const INVOICES: &str = "Invoices to the accountant";
pub(super) const ROUTER: &str = "Router in the cellar";
pub(super) const RUNNING: &str = "Video encoding";
pub(super) const FAILED: &str = "Import of the catalogue";
pub(super) const PAUSED: &str = "Migration of the old shop";
pub(super) const NEW: &str = "Monthly report";
pub(super) const SNOOZED: &str = "Dehumidifier";
pub(super) const LATE: &str = "Log rotation";
pub(super) const EXPORT: &str =
    "Nightly export of the orders of all shops into the warehouse in Frankfurt, with last week’s returns";
pub(super) const MARKUP: &str = "<img src=x onerror=alert(1)>";
pub(super) const DECLARED: &str = "greenhouse";
pub(super) const WELL: &str = "front door";

const DAY: f64 = 86_400.0;
const HOUR: f64 = 3_600.0;
const MINUTE: f64 = 60.0;

/// Checks that were made over the API.
pub(super) const CHECKS: &[(&str, &str)] = &[
    (
        BACKUP,
        r#"{"schedule": "0 3 * * *", "tz": "Europe/Riga", "grace": 5400, "tags": "backup prod",
            "desc": "Dumps the database and copies it to the other building.\nRunbook: https://wiki.example.org/backup"}"#,
    ),
    (SYNC, r#"{"timeout": 3600, "grace": 900, "tags": "etl prod"}"#),
    (INVOICES, r#"{"schedule": "0 3 * * *", "tz": "UTC", "grace": 10800, "tags": "office"}"#),
    (ROUTER, r#"{"timeout": 900, "grace": 300, "tags": "home network"}"#),
    (RUNNING, r#"{"timeout": 86400, "grace": 7200, "tags": "media"}"#),
    (FAILED, r#"{"timeout": 21600, "grace": 3600, "tags": "etl"}"#),
    (PAUSED, r#"{"timeout": 86400, "grace": 3600}"#),
    (NEW, r#"{"schedule": "Mon *-*-1..7 06:00:00", "tz": "UTC", "grace": 86400, "tags": "office"}"#),
    (SNOOZED, r#"{"timeout": 21600, "grace": 3600, "tags": "home"}"#),
    (LATE, r#"{"timeout": 3600, "grace": 14400, "tags": "prod"}"#),
    (EXPORT, r#"{"timeout": 86400, "grace": 3600, "tags": "prod etl warehouse"}"#),
    (MARKUP, r#"{"timeout": 604800, "grace": 86400}"#),
    ("日本語のバックアップ", r#"{"timeout": 86400, "grace": 43200, "tags": "backup"}"#),
];

/// The config with the checks that it declares: two of them have a mailbox that takes no mail.
pub(super) const CONFIG: &str = r#"{
  "public_url": "https://pings.example.org",
  "recipient": "you@example.org",
  "base_frequency": 0,
  "email_processing_frequency": 0,
  "notify_recovery": true,
  "users": {
    "front door": {"monitor": true, "max_sleep": 14400, "email_frequency": 86400},
    "greenhouse": {"monitor": true, "max_sleep": 14400.5, "email_frequency": 86400, "device_email": "gardener@example.org"},
    "attic": {"monitor": true, "max_sleep": 43200, "email_frequency": 86400, "device_email": "caretaker@example.org"},
    "well pump": {"monitor": true, "max_sleep": 43200, "email_frequency": 86400, "device_email": "plumber@example.org"},
    "porch camera": {"monitor": false, "max_sleep": 600, "email_frequency": 3600}
  }
}"#;

/// One ping, so many seconds after the beginning.
pub(super) struct Ping {
    pub(super) at: f64,
    pub(super) name: &'static str,
    pub(super) signal: &'static str,
    pub(super) body: String,
}

/// Returns all pings in their order.
pub(super) fn pings(begin: Timestamp) -> Vec<Ping> {
    let mut pings = Vec::new();
    backup(&mut pings, begin);
    for night in nights(begin) {
        // The zone of this one's schedule is not the zone of its machine.
        pings.push(plain(night + spread(night) * 4.0 * MINUTE, INVOICES));
        pings.push(plain(night + 2.0 * HOUR + spread(night) * 9.0 * MINUTE, EXPORT));
        pings.push(plain(night + 5.0 * HOUR, "日本語のバックアップ"));
    }
    let outage = 30.0 * DAY..30.2 * DAY;
    let hours = every(HOUR, 0.0, LIFE).filter(|at| !outage.contains(at));
    pings.extend(hours.map(|at| plain(at + spread(at) * 9.0 * MINUTE, SYNC)));
    pings.extend(every(3.0 * HOUR, 0.0, LIFE).map(|at| plain(at, WELL)));
    pings.extend(every(HOUR, LIFE - 30.0 * HOUR, LIFE - 5.0 * HOUR).map(|at| plain(at, DECLARED)));
    pings.extend(every(3.0 * HOUR, 0.0, LIFE - 30.0 * HOUR).map(|at| plain(at, DECLARED)));
    pings.extend(every(15.0 * MINUTE, LIFE - 2.0 * DAY, LIFE - 3.0 * HOUR).map(|at| plain(at, ROUTER)));
    pings.extend(every(4.0 * HOUR, 20.0 * DAY, LIFE - 9.0 * HOUR).map(|at| plain(at, SNOOZED)));
    pings.extend(every(HOUR, 40.0 * DAY, LIFE - 1.5 * HOUR).map(|at| plain(at, LATE)));
    pings.extend(every(6.0 * HOUR, 35.0 * DAY, LIFE - HOUR).map(|at| plain(at, FAILED)));
    pings.extend(every(10.0 * HOUR, 0.0, LIFE - 2.0 * DAY).map(|at| plain(at, "attic")));
    pings.extend(every(10.0 * HOUR, 0.0, LIFE - DAY).map(|at| plain(at, "well pump")));
    pings.push(plain(LIFE - 2.0 * DAY, "porch camera"));
    pings.push(plain(LIFE - 3.0 * DAY, MARKUP));
    pings.push(plain(LIFE - 20.0 * DAY, PAUSED));
    for at in every(DAY, 12.0 * DAY, LIFE - HOUR) {
        pings.push(signal(at, RUNNING, "/start", ""));
        pings.push(plain(at + 40.0 * MINUTE + (at / DAY) * MINUTE, RUNNING));
    }
    pings.push(signal(LIFE - 12.0 * MINUTE, RUNNING, "/start", ""));
    pings.push(signal(
        LIFE - 40.0 * MINUTE,
        FAILED,
        "/3",
        "read 18204 lines\nline 18205: <sku> expected, found end of file\n",
    ));
    pings.retain(|ping| ping.at < LIFE);
    pings.sort_by(|one, other| one.at.total_cmp(&other.at));
    pings
}

/// A job that runs each night, is slower by and by, failed once and once did not run.
fn backup(pings: &mut Vec<Ping>, begin: Timestamp) {
    for (number, night) in nights(begin).enumerate() {
        if number == 24 {
            continue;
        }
        pings.push(signal(night + 1.0, BACKUP, "/start", ""));
        let length = (20.0 + f64::from(u32::try_from(number).unwrap()) * 0.4 + spread(night) * 5.0) * MINUTE;
        let (end, body) = if number == 36 {
            ("/2", "pg_dump: error: connection to server failed\nretrying in 30 s\ngiving up\n".to_owned())
        } else {
            ("", format!("dumped 214 tables\ncopied {} GB to the other building\n", 180 + number))
        };
        pings.push(signal(night + length, BACKUP, end, &body));
    }
}

/// Returns when it was three o'clock in the morning.
fn nights(begin: Timestamp) -> impl Iterator<Item = f64> {
    let first = begin.in_tz(ZONE).unwrap().date().at(3, 0, 0, 0).in_tz(ZONE).unwrap();
    let days = (0..=43_i64).map(move |day| first.checked_add(day.days()).unwrap().timestamp());
    days.map(move |night| night.duration_since(begin).as_secs_f64()).filter(|at| (60.0..LIFE).contains(at))
}

fn every(length: f64, from: f64, until: f64) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(from + MINUTE), move |at| Some(at + length)).take_while(move |at| *at < until)
}

/// A number from 0 to 1 that looks like chance and is always the same.
fn spread(at: f64) -> f64 {
    (at * 0.618_033_988_75).fract()
}

fn plain(at: f64, name: &'static str) -> Ping {
    signal(at, name, "", "")
}

fn signal(at: f64, name: &'static str, signal: &'static str, body: &str) -> Ping {
    Ping { at, name, signal, body: body.to_owned() }
}
