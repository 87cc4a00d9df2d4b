//! The mails that are no alerts: a check is back, a recipient cannot be reached, somebody tries whether mail works.

use super::Style;
use super::letter::{Letter, Row, Tone};
use super::wording::{count, exact_time, length, local, one_line, time};
use crate::store::facts::{RecipientRefusedFacts, RecoveryFacts, TestFacts, UnreadableFacts};

pub(super) fn recovery(facts: &RecoveryFacts, style: &Style<'_>) -> Letter {
    let name = one_line(&facts.check);
    let mut lines = vec![
        format!("User {name}"),
        format!("reports again since {}", exact_time(facts.returned, style.zone)),
    ];
    let mut rows = vec![Row { label: "Reports again since", value: time(facts.returned, style.zone) }];
    if let Some(at) = facts.last_ping {
        let silent = length(facts.returned.duration_since(at).as_secs_f64());
        lines.push(format!("after a silence of {silent}, since {}.", exact_time(at, style.zone)));
        rows.push(Row { label: "Silent before", value: format!("{silent}, since {}", time(at, style.zone)) });
    } else {
        lines.push("for the first time.".to_owned());
        rows.push(Row { label: "Silent before", value: "Always: this was its first report".to_owned() });
    }
    rows.push(Row { label: "Late since", value: time(facts.late_since, style.zone) });
    let date = local(facts.returned, style.zone).date();
    Letter {
        subject: format!("{name} reports again"),
        tone: Tone::Relief,
        kicker: "Reports again",
        title: name,
        lines,
        rows,
        remarks: vec![format!("{} went out about this silence.", count(facts.alerts as usize, "alert"))],
        excerpt: None,
        log: Some(style.links.logs_url(&facts.check, date, facts.keyed)),
        page: None,
    }
}

pub(super) fn recipient_refused(facts: &RecipientRefusedFacts, style: &Style<'_>) -> Letter {
    let name = one_line(&facts.check);
    let recipient = one_line(&facts.recipient);
    let answer = one_line(&facts.answer);
    Letter {
        subject: format!("{name} alerts do not reach {recipient}"),
        tone: Tone::Alarm,
        kicker: "A recipient cannot be reached",
        lines: vec![
            format!("Alerts about user {name}"),
            format!("do not reach {recipient}."),
            format!("The mail server refused it at {}:", exact_time(facts.refused, style.zone)),
            format!("> {answer}"),
        ],
        title: name,
        rows: vec![
            Row { label: "Recipient", value: recipient },
            Row { label: "Refused at", value: time(facts.refused, style.zone) },
            Row { label: "The mail server's words", value: answer },
        ],
        remarks: vec![
            "You get this because you are another recipient of the same user. \
             Please have the address put right in the config."
                .to_owned(),
        ],
        excerpt: None,
        log: None,
        page: None,
    }
}

pub(super) fn test(facts: &TestFacts, style: &Style<'_>) -> Letter {
    Letter {
        subject: "Test mail from Ping Listener".to_owned(),
        tone: Tone::Note,
        kicker: "Test mail",
        title: "Mails arrive".to_owned(),
        lines: vec![
            "This is a test mail from Ping Listener,".to_owned(),
            format!("asked for at {}.", exact_time(facts.asked, style.zone)),
        ],
        rows: vec![Row { label: "Asked for at", value: time(facts.asked, style.zone) }],
        remarks: vec!["Alerts to this address go the same way.".to_owned()],
        excerpt: None,
        log: None,
        page: None,
    }
}

pub(super) fn unreadable(facts: &UnreadableFacts, style: &Style<'_>) -> Letter {
    let about = facts.check.as_deref().map_or_else(|| "nobody".to_owned(), one_line);
    Letter {
        subject: format!("{about}: a mail of Ping Listener cannot be read"),
        tone: Tone::Alarm,
        kicker: "A mail cannot be read",
        lines: vec![
            format!("User {about}"),
            format!("was to be written about, as decided at {}.", exact_time(facts.decided, style.zone)),
            "The database holds nothing readable about it: please look at the user's page.".to_owned(),
        ],
        title: about,
        rows: vec![Row { label: "Decided at", value: time(facts.decided, style.zone) }],
        remarks: vec!["Other mails are not affected.".to_owned()],
        excerpt: None,
        log: None,
        page: None,
    }
}
