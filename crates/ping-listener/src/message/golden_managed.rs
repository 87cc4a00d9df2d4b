//! The mails about managed checks, word for word.

use jiff::Timestamp;

use super::golden::rendered;
use crate::store::facts::{CameBackFacts, Facts, LastPingFacts, WentDownFacts};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const UUID: &str = "7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55";

fn down(check: &str, reason: &str) -> WentDownFacts {
    WentDownFacts {
        check: check.to_owned(),
        uuid: UUID.to_owned(),
        check_id: 0x8000_0001,
        reason: reason.to_owned(),
        since: at("2026-11-21T02:15:00Z"),
        decided: at("2026-11-21T02:15:01Z"),
        schedule: "at 02:00 (Europe/Kyiv time), with 15 min of grace".to_owned(),
        tags: "etl prod".to_owned(),
        desc: "Dumps the database.\r\nIf it fails: free some disk.\n".to_owned(),
        blind_seconds: 0.0,
        allowance_spent: false,
        further_downs: 0,
        latest_since: None,
        returned: None,
        pings: 41,
        last_success_or_failure: Some(at("2026-11-20T02:00:09Z")),
        last_ping: None,
    }
}

fn failing_ping() -> LastPingFacts {
    LastPingFacts {
        n: 41,
        at: at("2026-11-21T02:15:00Z"),
        signal: "fail",
        exit_status: Some(3),
        scheme: "https".to_owned(),
        method: "POST".to_owned(),
        user_agent: "curl/8.5.0".to_owned(),
        remote_addr: Some("192.0.2.7".to_owned()),
        duration_seconds: Some(8.21),
        body: "dump: disk full\r\n-- \r\nline three\r\n".to_owned(),
        is_body_cut: false,
    }
}

#[test]
fn a_failure_is_told_with_its_exit_status_and_what_it_said() {
    let facts = WentDownFacts { last_ping: Some(failing_ping()), ..down("Nightly export", "fail") };
    let mail = rendered(&[Facts::WentDown(facts)], "Europe/Berlin", false);
    assert_eq!(mail.subject, "Nightly export is down");
    assert_eq!(
        mail.text,
        "Check Nightly export\n\
         has been down since 2026-11-21 03:15:00.000000:\n\
         a run failed with exit status 3.\n\
         \n\
         Description: Dumps the database. If it fails: free some disk.\n\
         Expected: at 02:00 (Europe/Kyiv time), with 15 min of grace\n\
         Tags: etl prod\n\
         UUID: 7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55\n\
         Last ping: number 41, a failure with exit status 3, at 2026-11-21 03:15:00\n\
         Its run took: 8 s\n\
         It came by: HTTPS POST from 192.0.2.7 by curl/8.5.0\n\
         \n-----\n\
         More about it at https://pings.example.org/checks/7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55\n\
         \n\
         The last ping said:\n\
         \n    dump: disk full\n    --\n    line three\n"
    );
    assert!(mail.html.contains("dump: disk full\n-- \nline three</pre>"), "{}", mail.html);
}

#[test]
fn silence_and_a_run_that_did_not_end_are_told_apart() {
    let silent = rendered(&[Facts::WentDown(down("job", "silence"))], "UTC", false).text;
    assert!(
        silent.starts_with(
            "Check job\nhas been down since 2026-11-21 02:15:00.000000:\nno ping came in time.\n"
        )
    );
    assert!(
        silent.contains("\nSilent since: 2026-11-20 02:00:09, for 1 d when this was decided\n"),
        "{silent}"
    );
    let hung = rendered(&[Facts::WentDown(down("job", "overrun"))], "UTC", false).text;
    assert!(hung.contains("\na run began and did not end in time.\n"), "{hung}");
    assert!(!hung.contains("Silent since"), "{hung}");
}

#[test]
fn what_happened_while_a_mail_waited_is_said_in_it() {
    let facts = WentDownFacts {
        further_downs: 2,
        latest_since: Some(at("2026-11-21T04:00:00Z")),
        returned: Some(at("2026-11-21T04:30:00Z")),
        blind_seconds: 7_380.0,
        allowance_spent: true,
        ..down("job", "silence")
    };
    let text = rendered(&[Facts::WentDown(facts)], "UTC", false).text;
    let (_, remarks) = text.split_once("\n\nIt came").unwrap();
    assert_eq!(
        remarks,
        " up again at 2026-11-21 04:30:00, before this mail went out.\n\
         It went down 3 times while this mail waited to go out, last at 2026-11-21 04:00:00.\n\
         The deadline was extended because the listener itself was down for 2 h 3 min.\n\
         The allowance for the listener's own downtime was used up, so it may have reported while nobody listened.\n"
    );
}

#[test]
fn a_return_is_told_with_the_downtime_and_what_had_been_wrong() {
    let ping = LastPingFacts {
        n: 42,
        signal: "success",
        exit_status: None,
        at: at("2026-11-21T05:20:00Z"),
        duration_seconds: None,
        remote_addr: None,
        user_agent: String::new(),
        body: String::new(),
        ..failing_ping()
    };
    let facts = CameBackFacts {
        check: "job".to_owned(),
        uuid: UUID.to_owned(),
        check_id: 0x8000_0001,
        reason: "fail".to_owned(),
        since: at("2026-11-21T02:15:00Z"),
        returned: at("2026-11-21T05:20:00Z"),
        schedule: "every 1 d, with 1 h of grace".to_owned(),
        tags: String::new(),
        pings: 42,
        last_ping: Some(ping),
    };
    let mail = rendered(&[Facts::CameBack(facts)], "UTC", false);
    assert_eq!(mail.subject, "job is up again");
    assert_eq!(
        mail.text,
        "Check job\n\
         has been up again since 2026-11-21 05:20:00.000000\n\
         after a downtime of 3 h 5 min, since 2026-11-21 02:15:00.000000.\n\
         \n\
         Reason it was down: a ping said that it failed\n\
         Expected: every 1 d, with 1 h of grace\n\
         UUID: 7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55\n\
         Last ping: number 42, a success, at 2026-11-21 05:20:00\n\
         It came by: HTTPS POST\n\
         \n-----\n\
         More about it at https://pings.example.org/checks/7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55\n"
    );
}

#[test]
fn a_body_is_cut_to_what_readers_bear_and_nothing_in_it_is_markup() {
    let long = "<b>x</b>\u{1b}[31m\tred\n".repeat(500);
    let ping = LastPingFacts { body: long, ..failing_ping() };
    let facts = WentDownFacts { last_ping: Some(ping), ..down("job", "fail") };
    let mail = rendered(&[Facts::WentDown(facts)], "UTC", false);
    assert_eq!(mail.text.matches("    <b>x</b>\u{FFFD}[31m\tred\n").count(), 200);
    assert!(mail.text.ends_with("\nThe rest of it is left out here.\n"));
    assert!(!mail.html.contains("<b>x"), "{}", mail.html);
    assert!(mail.html.contains("The rest of it is left out here."));
}

#[test]
fn a_digest_lists_managed_checks_with_the_others() {
    let late = WentDownFacts { since: at("2026-11-21T03:00:00Z"), ..down("late", "overrun") };
    let back = CameBackFacts {
        check: "back".to_owned(),
        uuid: UUID.to_owned(),
        check_id: 0x8000_0001,
        reason: "silence".to_owned(),
        since: at("2026-11-21T02:15:00Z"),
        returned: at("2026-11-21T05:20:00Z"),
        schedule: "every 1 d, with 1 h of grace".to_owned(),
        tags: String::new(),
        pings: 42,
        last_ping: None,
    };
    let many = [Facts::CameBack(back), Facts::WentDown(late), Facts::WentDown(down("early", "silence"))];
    let mail = rendered(&many, "UTC", false);
    assert_eq!(mail.subject, "2 checks are down, 1 notice");
    let named: Vec<&str> = mail.text.lines().filter(|line| line.starts_with("Check ")).collect();
    assert_eq!(named, ["Check early", "Check late", "Check back"]);
    assert_eq!(mail.text.matches("\nMore about it at https://pings.example.org/checks/").count(), 3);
    assert!(mail.html.contains("Longest in trouble first."));
}
