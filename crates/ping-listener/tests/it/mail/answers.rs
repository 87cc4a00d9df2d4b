//! What a server answers, or does not, and what it means for the mail.

use std::net::TcpListener;
use std::time::Duration;

use domain::retry::Refusal;
use ping_listener::channels::Phase;
use ping_listener::channels::email::{Email, Security, SmtpSettings};

use super::{PATIENCE, alert_mail, send, send_with, settings};
use rig::smtp::{Act, At, Behaviour, MailServer};

/// A deadline for a phase that a test lets pass.
const SHORT: Duration = Duration::from_millis(600);

#[test]
fn each_failure_has_its_class() {
    use Phase::{Authentication, Data, FinalDot, Greeting, Hello, Recipient, Sender};
    use Refusal::{Ambiguous, Hard, ServerConfig, ServerSoft, Soft};
    let to = || At::Recipient("you@example.org");
    for (at, act, refusal, phase) in [
        (At::Greeting, Act::Answer("421 4.3.2 busy"), ServerSoft, Greeting),
        (At::Greeting, Act::Answer("554 5.7.1 go away"), ServerConfig, Greeting),
        (At::Greeting, Act::Vanish, ServerSoft, Greeting),
        (At::Greeting, Act::Endless, ServerSoft, Greeting),
        (At::Hello, Act::Answer("451 4.3.0 later"), ServerSoft, Hello),
        (At::Hello, Act::Answer("550 5.7.1 not you"), ServerConfig, Hello),
        (At::Hello, Act::Answer("220-a\r\n250 b"), ServerSoft, Hello),
        (At::Authentication, Act::Answer("454 4.7.0 later"), ServerSoft, Authentication),
        (At::Authentication, Act::Answer("535 5.7.8 no"), ServerConfig, Authentication),
        (At::Authentication, Act::Vanish, ServerSoft, Authentication),
        (At::Sender, Act::Answer("451 4.3.0 later"), ServerSoft, Sender),
        (At::Sender, Act::Answer("550 5.7.1 not from you"), ServerConfig, Sender),
        (At::Sender, Act::Vanish, ServerSoft, Sender),
        (to(), Act::Answer("450 4.7.1 greylisted"), Soft, Recipient),
        (to(), Act::Answer("452 4.2.2 mailbox full"), Soft, Recipient),
        (At::Sender, Act::Answer("421 4.3.2 closing"), ServerSoft, Sender),
        (At::Sender, Act::Answer("530 5.7.0 log in first"), ServerConfig, Sender),
        (to(), Act::Answer("421 4.3.2 closing"), Soft, Recipient),
        (to(), Act::Answer("530 5.7.0 log in first"), Soft, Recipient),
        (to(), Act::Answer("550 5.1.1 no such user"), Hard, Recipient),
        (to(), Act::Answer("551 elsewhere"), Hard, Recipient),
        (to(), Act::Answer("550 5.4.4 no route"), Soft, Recipient),
        (to(), Act::Vanish, Soft, Recipient),
        (to(), Act::Answer("gibberish"), Soft, Recipient),
        (At::Data, Act::Answer("451 4.3.0 later"), Soft, Data),
        (At::Data, Act::Answer("554 5.5.1 no"), Hard, Data),
        (At::Data, Act::Vanish, Soft, Data),
        (At::Dot, Act::Answer("451 4.3.0 later"), Soft, FinalDot),
        (At::Dot, Act::Answer("552 5.2.2 too much"), Hard, FinalDot),
        (At::Dot, Act::Answer("554 5.7.1 spam"), Hard, FinalDot),
        (At::Dot, Act::Answer("550 5.4.5 daily limit exceeded"), Soft, FinalDot),
        (At::Dot, Act::Answer("what?"), Ambiguous, FinalDot),
        (At::Dot, Act::Vanish, Ambiguous, FinalDot),
        (At::Dot, Act::AcceptAndVanish, Ambiguous, FinalDot),
        (At::Dot, Act::Endless, Ambiguous, FinalDot),
    ] {
        let server = MailServer::start(Security::Tls);
        server.behave(Behaviour::at(at.clone(), act.clone()));
        let error = send(&server, &alert_mail("test", "you@example.org")).unwrap_err();
        assert_eq!((error.refusal, error.phase), (refusal, phase), "{at:?} {act:?}: {error}");
    }
}

#[test]
fn a_server_that_is_away_is_charged_not_the_mail() {
    let mut server = MailServer::start(Security::Tls);
    let mail = alert_mail("test", "you@example.org");
    server.stop();
    let error = send(&server, &mail).unwrap_err();
    assert_eq!((error.refusal, error.phase), (Refusal::ServerSoft, Phase::Connect), "{error}");
    server.restart();
    send(&server, &mail).unwrap();
    assert_eq!(server.wait_for_mails(1, PATIENCE).len(), 1);
}

#[test]
fn a_connection_lost_inside_the_mail_is_charged_to_the_mail_or_ambiguous() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour::at(At::Body(100), Act::Vanish));
    let error = send(&server, &alert_mail("test", "you@example.org")).unwrap_err();
    // A short mail is on its way whole before the loss is seen.
    assert!(matches!(error.refusal, Refusal::Soft | Refusal::Ambiguous), "{error}");
    assert!(server.mails().is_empty());
}

#[test]
fn one_bad_recipient_among_three_costs_the_others_nothing() {
    let bad = || At::Recipient("bad@example.org");
    for (at, act) in [
        (bad(), Act::Answer("550 5.1.1 no such user")),
        (bad(), Act::Answer("450 4.7.1 greylisted")),
        (bad(), Act::Answer("421 4.3.2 closing")),
        (bad(), Act::Vanish),
        (At::DotTo("bad@example.org"), Act::Answer("554 5.7.1 spam")),
        (At::DotTo("bad@example.org"), Act::Vanish),
    ] {
        let server = MailServer::start(Security::Tls);
        server.behave(Behaviour::at(at, act));
        let mut session = Email::new(settings(&server)).unwrap().open().unwrap();
        let outcomes = ["a@example.org", "bad@example.org", "c@example.org"]
            .map(|recipient| session.send(&alert_mail("test", recipient)).is_ok());
        session.quit();
        assert_eq!(outcomes, [true, false, true]);
        let recipients: Vec<String> = server.mails().into_iter().flat_map(|mail| mail.recipients).collect();
        assert_eq!(recipients, ["a@example.org", "c@example.org"]);
    }
}

#[test]
fn a_byte_now_and_then_does_not_stretch_a_deadline() {
    let slow = Act::Trickle(Duration::from_millis(100));
    for (at, refusal, phase) in [
        (At::Greeting, Refusal::ServerSoft, Phase::Greeting),
        (At::Sender, Refusal::ServerSoft, Phase::Sender),
        (At::Recipient("you@example.org"), Refusal::Soft, Phase::Recipient),
        (At::Data, Refusal::Soft, Phase::Data),
    ] {
        let server = MailServer::start(Security::Tls);
        server.behave(Behaviour::at(at, slow.clone()));
        let error =
            send_with(hasty_settings(&server, phase), &alert_mail("test", "you@example.org")).unwrap_err();
        assert_eq!((error.refusal, error.phase), (refusal, phase), "{error}");
        assert_eq!(error.answer, "no answer within 0.6 s");
    }
}

#[test]
fn a_byte_now_and_then_is_no_fault_within_the_deadline() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour::at(At::Dot, Act::Trickle(Duration::from_millis(1))));
    send(&server, &alert_mail("test", "you@example.org")).unwrap();
}

#[test]
fn a_silent_server_hits_the_deadline_of_its_phase() {
    for (at, refusal, phase) in [
        (At::Greeting, Refusal::ServerSoft, Phase::Greeting),
        (At::Hello, Refusal::ServerSoft, Phase::Hello),
        (At::Authentication, Refusal::ServerSoft, Phase::Authentication),
        (At::Dot, Refusal::Ambiguous, Phase::FinalDot),
    ] {
        let server = MailServer::start(Security::Tls);
        server.behave(Behaviour::at(at, Act::Stall));
        let error =
            send_with(hasty_settings(&server, phase), &alert_mail("test", "you@example.org")).unwrap_err();
        server.wait_for_stalls(1, PATIENCE);
        server.release();
        assert_eq!((error.refusal, error.phase), (refusal, phase), "{error}");
    }
}

#[test]
fn a_port_that_never_speaks_tls_hits_the_deadline() {
    // The system accepts for it; nobody ever answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = MailServer::start(Security::Tls);
    let settings =
        SmtpSettings { port: silent.local_addr().unwrap().port(), ..hasty_settings(&server, Phase::Tls) };
    let error = Email::new(settings).unwrap().open().err().unwrap();
    assert_eq!((error.refusal, error.phase), (Refusal::ServerSoft, Phase::Tls), "{error}");
}

#[test]
fn several_mails_share_a_connection() {
    let server = MailServer::start(Security::Tls);
    let mut session = Email::new(settings(&server)).unwrap().open().unwrap();
    for number in 0..5 {
        session.send(&alert_mail(&format!("check {number}"), "you@example.org")).unwrap();
        assert!(session.is_usable());
    }
    session.quit();
    assert_eq!((server.mails().len(), server.connections()), (5, 1));
}

#[test]
fn a_server_that_takes_one_mail_a_connection_gets_every_mail() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour { mails_per_connection: Some(1), ..Behaviour::default() });
    let mut session = Email::new(settings(&server)).unwrap().open().unwrap();
    for number in 0..3 {
        session.send(&alert_mail(&format!("check {number}"), "you@example.org")).unwrap();
    }
    assert_eq!((server.mails().len(), server.connections()), (3, 3));
}

#[test]
fn a_server_that_went_away_between_two_mails_is_asked_anew() {
    let mut server = MailServer::start(Security::Tls);
    let mut session = Email::new(settings(&server)).unwrap().open().unwrap();
    session.send(&alert_mail("test", "you@example.org")).unwrap();
    server.restart();
    session.send(&alert_mail("test", "you@example.org")).unwrap();
    assert_eq!((server.mails().len(), server.connections()), (2, 2));
}

#[test]
fn a_mail_that_failed_once_arrives_at_the_next_try() {
    let server = MailServer::start(Security::Tls);
    server.behave_once(Behaviour::at(At::Dot, Act::AcceptAndVanish));
    let mail = alert_mail("test", "you@example.org");
    assert_eq!(send(&server, &mail).unwrap_err().refusal, Refusal::Ambiguous);
    send(&server, &mail).unwrap();
    // The one duplicate that cannot be helped, and that a reader can tell by its Message-ID.
    let [first, second] = server.mails().try_into().unwrap();
    assert_eq!(first.raw, second.raw);
}

/// Gives one phase a deadline that is soon over.
fn hasty_settings(server: &MailServer, phase: Phase) -> SmtpSettings {
    let mut settings = settings(server);
    let deadlines = &mut settings.deadlines;
    *match phase {
        Phase::Connect => &mut deadlines.connect,
        Phase::Tls => &mut deadlines.tls,
        Phase::Greeting => &mut deadlines.greeting,
        Phase::Hello | Phase::Authentication | Phase::Sender | Phase::Recipient => &mut deadlines.command,
        Phase::Data => &mut deadlines.data,
        Phase::FinalDot => &mut deadlines.final_dot,
    } = SHORT;
    settings
}
