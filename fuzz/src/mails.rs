//! Mails: whatever a check is called and a mail server once said, a second program reads back what was meant, and a
//! strict server takes it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mail_parser::MessageParser;
use ping_listener::channels::session::dot_stuffed;
use ping_listener::links::Links;
use ping_listener::message::{Envelope, Mail, Style, render};
use ping_listener::store::facts::{AlertFacts, Facts, RecipientRefusedFacts, RecoveryFacts, TestFacts};

use crate::input::Input;

/// Longest line that a server has to take, without its end (RFC 5321, 4.5.3.1.6).
const LINE_BYTES_MAX: usize = 998;

/// Mails about more than this say nothing new.
const FACTS_MAX: usize = 4;

/// Reads the input as facts to say, one after the other.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let minimal = input.flag();
    let mut facts = vec![one(&mut input)];
    while !input.is_empty() && facts.len() < FACTS_MAX {
        facts.push(one(&mut input));
    }
    let links = Links::new("https://pings.example.org", [7; 32]);
    let zone = TimeZone::get("Europe/Berlin").expect("the zone is built in");
    let envelope = Envelope {
        from: "listener@example.org",
        recipient: "you@example.org",
        message_id: "7.1.1@pings.example.org",
        date: Timestamp::from_second(1_795_248_312).expect("the instant exists"),
        minimal,
    };
    let style = Style { zone: &zone, links: &links };
    let mail = render(&envelope, &facts, &style);
    assert_eq!(mail, render(&envelope, &facts, &style), "the same facts make another mail");
    is_strict(&mail.raw);
    is_read_back(&mail);
    is_stuffed(&mail.raw);
}

fn is_strict(raw: &[u8]) {
    assert!(raw.is_ascii(), "8-bit bytes");
    assert!(!raw.contains(&0), "a NUL");
    let mut lines: Vec<&[u8]> = raw.split(|byte| *byte == b'\n').collect();
    assert_eq!(lines.pop(), Some(&b""[..]), "the last line has no end");
    for line in lines {
        let line = line.strip_suffix(b"\r").expect("no line feed is bare");
        assert!(!line.contains(&b'\r'), "a bare carriage return");
        assert!(line.len() <= LINE_BYTES_MAX, "a line of {} bytes", line.len());
    }
}

fn is_read_back(mail: &Mail) {
    let parsed = MessageParser::default().parse(&mail.raw).expect("it is a mail");
    let mut names: Vec<String> = parsed.headers().iter().map(|header| header.name().to_lowercase()).collect();
    names.sort();
    let mut expected =
        vec!["auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "subject", "to"];
    if mail.html.is_empty() {
        expected.insert(1, "content-transfer-encoding");
    }
    expected.sort_unstable();
    assert_eq!(names, expected, "{}", String::from_utf8_lossy(&mail.raw));
    assert_eq!(parsed.subject(), Some(mail.subject.as_str()));
    let text = parsed.body_text(0).expect("it has a text").replace("\r\n", "\n");
    assert_eq!(text.trim_end(), mail.text.trim_end());
    assert_eq!(parsed.attachment_count(), 0);
    if !mail.html.is_empty() {
        let html = parsed.body_html(0).expect("it has a page").replace("\r\n", "\n");
        assert_eq!(html.trim_end(), mail.html.trim_end());
    }
}

/// Undoes the stuffing of dots as a server does, which must not see the end of the mail in it.
fn is_stuffed(raw: &[u8]) {
    let stuffed = dot_stuffed(raw);
    assert!(stuffed.ends_with(b"\r\n"));
    let mut lines: Vec<&[u8]> = stuffed.split(|byte| *byte == b'\n').collect();
    assert_eq!(lines.pop(), Some(&b""[..]));
    let mut bare = Vec::new();
    for line in lines {
        assert_ne!(line, b".\r", "the end of the mail within it");
        bare.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        bare.push(b'\n');
    }
    assert_eq!(bare.trim_ascii_end(), raw.trim_ascii_end());
}

fn one(input: &mut Input<'_>) -> Facts {
    let kind = input.byte();
    let check = input.text().into_owned();
    let instant = instant(input);
    match kind % 4 {
        0 => Facts::Alert(AlertFacts {
            check,
            last_ping: input.flag().then_some(instant),
            added: self::instant(input),
            max_sleep: input.text().into_owned(),
            late_since: self::instant(input),
            decided: self::instant(input),
            number: u32::from(input.byte()),
            blind_seconds: f64::from(input.byte()) * 3_601.5,
            allowance_spent: input.flag(),
            further_silences: u32::from(input.byte()),
            further_reminders: u32::from(input.byte()),
            returned: input.flag().then(|| self::instant(input)),
            keyed: input.flag(),
        }),
        1 => Facts::Recovery(RecoveryFacts {
            check,
            returned: instant,
            last_ping: input.flag().then(|| self::instant(input)),
            late_since: self::instant(input),
            alerts: u32::from(input.byte()),
            keyed: input.flag(),
        }),
        2 => Facts::RecipientRefused(RecipientRefusedFacts {
            check,
            recipient: input.text().into_owned(),
            answer: input.text().into_owned(),
            refused: instant,
        }),
        _ => Facts::Test(TestFacts { asked: instant }),
    }
}

/// Returns an instant between the years 0 and 4000: further off a date has a sign or more digits, which none has.
fn instant(input: &mut Input<'_>) -> Timestamp {
    let seconds = input.number().rem_euclid(126_000_000_000) - 62_000_000_000;
    Timestamp::from_second(seconds).unwrap_or_default()
}
