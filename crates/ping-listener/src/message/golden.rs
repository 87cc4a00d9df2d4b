//! The contract's mails, byte for byte.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Envelope, Mail, Style, render};
use crate::links::Links;
use crate::store::facts::{
    AlertFacts, Facts, RecipientRefusedFacts, RecoveryFacts, TestFacts, UnreadableFacts,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn alert(check: &str) -> AlertFacts {
    AlertFacts {
        check: check.to_owned(),
        last_ping: Some(at("2026-11-21T08:05:07.250339Z")),
        added: at("2026-11-01T00:00:00Z"),
        max_sleep: "3".to_owned(),
        late_since: at("2026-11-21T08:05:10.250339Z"),
        decided: at("2026-11-21T08:05:11Z"),
        number: 1,
        blind_seconds: 0.0,
        allowance_spent: false,
        further_silences: 0,
        further_reminders: 0,
        returned: None,
        keyed: false,
    }
}

pub(super) fn rendered(facts: &[Facts], zone: &str, minimal: bool) -> Mail {
    let envelope = Envelope {
        from: "listener@example.org",
        recipient: "you@example.org",
        message_id: "test.1@pings.example.org",
        date: at("2026-11-21T08:05:12Z"),
        minimal,
    };
    let links = Links::new("https://pings.example.org", [7; 32]);
    render(&envelope, facts, &Style { zone: &TimeZone::get(zone).unwrap(), links: &links })
}

fn text(facts: AlertFacts, zone: &str) -> String {
    rendered(&[Facts::Alert(facts)], zone, false).text
}

#[test]
fn an_alert_holds_the_lines_of_the_contract() {
    let mail = rendered(&[Facts::Alert(alert("test"))], "Europe/Berlin", false);
    assert_eq!(mail.subject, "test disconnection detected");
    assert_eq!(
        mail.text,
        "User test\n\
         last reported at 2026-11-21 09:05:07.250339\n\
         with a max sleep time of 3 seconds.\n\
         \n\
         -----\n\
         Request logs at https://pings.example.org/logs?username=test&year=26&month=11&day=21\n"
    );
}

#[test]
fn an_alert_about_a_check_that_never_reported_links_to_the_day_it_was_added() {
    let facts = AlertFacts { last_ping: None, max_sleep: "4.5".to_owned(), ..alert("test") };
    assert_eq!(
        text(facts, "UTC"),
        "User test\n\
         never reported since it was added at 2026-11-01 00:00:00.000000\n\
         with a max sleep time of 4.5 seconds.\n\
         \n\
         -----\n\
         Request logs at https://pings.example.org/logs?username=test&year=26&month=11&day=01\n"
    );
}

#[test]
fn times_and_the_day_of_the_link_are_local_on_both_sides_of_a_clock_change() {
    // 2026-10-25 has 25 hours in Berlin: half past two comes twice, an hour apart.
    for (instant, time, day) in [
        ("2026-10-25T00:30:00Z", "2026-10-25 02:30:00.000000", "month=10&day=25"),
        ("2026-10-25T01:30:00Z", "2026-10-25 02:30:00.000000", "month=10&day=25"),
        ("2026-03-29T00:59:59Z", "2026-03-29 01:59:59.000000", "month=03&day=29"),
        ("2026-03-29T01:00:00Z", "2026-03-29 03:00:00.000000", "month=03&day=29"),
        ("2026-01-04T23:30:00Z", "2026-01-05 00:30:00.000000", "month=01&day=05"),
    ] {
        let text = text(AlertFacts { last_ping: Some(at(instant)), ..alert("test") }, "Europe/Berlin");
        assert!(text.contains(&format!("last reported at {time}\n")), "{text}");
        assert!(text.contains(day), "{text}");
    }
}

#[test]
fn what_is_unusual_about_an_alert_is_said_after_the_contracts_lines() {
    let facts = AlertFacts {
        number: 3,
        blind_seconds: 7_380.0,
        allowance_spent: true,
        further_silences: 2,
        further_reminders: 1,
        returned: Some(at("2026-11-21T08:06:00Z")),
        ..alert("test")
    };
    let text = text(facts, "UTC");
    let (_, remarks) = text.split_once("day=21\n").unwrap();
    assert_eq!(
        remarks,
        "\n\
         It reported again at 2026-11-21 08:06:00, before this mail went out.\n\
         This is reminder number 2: it has been late since 2026-11-21 08:05:10.\n\
         It fell silent 3 times while this mail waited to go out, first at 2026-11-21 08:05:10.\n\
         1 reminder fell due while this mail waited to go out.\n\
         The deadline was extended because the listener itself was down for 2 h 3 min.\n\
         The allowance for the listener's own downtime was used up, so it may have reported while nobody listened.\n"
    );
}

#[test]
fn the_link_of_a_keyed_check_carries_a_signature() {
    let text = text(AlertFacts { keyed: true, ..alert("test") }, "UTC");
    let (_, signature) = text.trim_end().split_once("&day=21&signature=").unwrap();
    let links = Links::new("", [7; 32]);
    assert!(links.is_signed("test", jiff::civil::date(2026, 11, 21), signature));
}

#[test]
fn a_digest_lists_the_longest_silent_first() {
    let older = AlertFacts { last_ping: Some(at("2026-11-20T23:00:00Z")), ..alert("older") };
    let never = AlertFacts { last_ping: None, ..alert("never") };
    let mail = rendered(&[alert("late"), older, never].map(Facts::Alert), "UTC", false);
    assert_eq!(mail.subject, "3 disconnections detected");
    let named: Vec<&str> = mail.text.lines().filter(|line| line.starts_with("User ")).collect();
    assert_eq!(named, ["User never", "User older", "User late"]);
    assert_eq!(mail.text.matches("Request logs at https://").count(), 3);
    for name in ["never", "older", "late"] {
        assert!(mail.html.contains(&format!("<bdi>{name}</bdi>")), "{}", mail.html);
    }
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    let facts = [Facts::Alert(alert("test"))];
    assert_eq!(rendered(&facts, "UTC", false), rendered(&facts, "UTC", false));
}

#[test]
fn a_minimal_mail_is_one_ascii_part_without_links() {
    let mail = rendered(&[Facts::Alert(alert("Küche 🔥"))], "UTC", true);
    assert_eq!(mail.subject, "K?che ? disconnection detected");
    assert_eq!(
        mail.text,
        "User K?che ?\nlast reported at 2026-11-21 08:05:07.250339\nwith a max sleep time of 3 seconds.\n"
    );
    assert_eq!(mail.html, "");
    let raw = String::from_utf8(mail.raw).unwrap();
    assert!(raw.is_ascii() && !raw.contains("multipart") && !raw.contains("https:"), "{raw}");
}

#[test]
fn a_name_is_shown_literally_in_html() {
    let name = "<img src=x onerror=alert(1)>\"{{7*7}}";
    let html = rendered(&[Facts::Alert(alert(name))], "UTC", false).html;
    assert!(!html.contains("<img"), "{html}");
    assert!(html.contains("{{7*7}}"), "{html}");
}

#[test]
fn the_other_mails_say_what_they_are_about() {
    let recovery = Facts::Recovery(RecoveryFacts {
        check: "test".to_owned(),
        returned: at("2026-11-21T08:10:00Z"),
        last_ping: Some(at("2026-11-21T08:05:00Z")),
        late_since: at("2026-11-21T08:05:03Z"),
        alerts: 1,
        keyed: false,
    });
    let refused = Facts::RecipientRefused(RecipientRefusedFacts {
        check: "test".to_owned(),
        recipient: "gone@example.org".to_owned(),
        answer: "550 5.1.1 no such user".to_owned(),
        refused: at("2026-11-21T08:05:00Z"),
    });
    let test = Facts::Test(TestFacts { asked: at("2026-11-21T08:05:00Z") });
    let unreadable = Facts::Unreadable(UnreadableFacts {
        check: Some("test".to_owned()),
        decided: at("2026-11-21T08:05:00Z"),
    });
    for (facts, subject, line) in [
        (
            unreadable,
            "test: a mail of Ping Listener cannot be read",
            "was to be written about, as decided at 2026-11-21 08:05:00.000000.",
        ),
        (recovery, "test reports again", "after a silence of 5 min, since 2026-11-21 08:05:00.000000."),
        (refused, "test alerts do not reach gone@example.org", "> 550 5.1.1 no such user"),
        (test, "Test mail from Ping Listener", "asked for at 2026-11-21 08:05:00.000000."),
    ] {
        let mail = rendered(&[facts], "UTC", false);
        assert_eq!(mail.subject, subject);
        assert!(mail.text.lines().any(|written| written == line), "{}", mail.text);
    }
}
