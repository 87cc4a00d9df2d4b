//! Stopping: in good order when asked, at once when asked twice.

use std::collections::BTreeMap;
use std::io::Write;
use std::thread;
use std::time::Duration;

use ping_listener::channels::email::Security;

use super::{QUIET, SILENT};
use rig::caller::{ask, connect, read_answer};
use rig::server::{PATIENCE, Place, Server, Signal, assert_sound, now};
use rig::smtp::{Act, At, Behaviour, MailServer};

/// A second request to stop is heeded within this: much less than the 30 seconds that a mail may take.
const QUICK: Duration = Duration::from_secs(10);

#[test]
fn pings_in_flight_are_answered_before_the_program_ends() {
    let place = Place::new(QUIET);
    let mut server = place.start();
    let mut pings: Vec<_> = (0..5).map(|_| connect(server.address()).unwrap()).collect();
    for ping in &mut pings {
        write!(ping, "GET /ping?username=test HTTP/1.1\r\nHost: localhost\r\n").unwrap();
    }
    // Answered behind them, so that theirs have been accepted.
    assert_eq!(server.ping("test").status, 200);
    server.signal(Signal::TERM);
    server.wait_for_line("stopping", PATIENCE);
    for ping in &mut pings {
        write!(ping, "Connection: close\r\n\r\n").unwrap();
        let answer = read_answer(ping).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(server.wait().code(), Some(0));
    assert_sound(&place.database());
}

#[test]
fn who_came_just_before_the_stop_and_asks_just_after_it_is_heard() {
    let place = Place::new(QUIET);
    let mut server = place.start();
    let mut ping = connect(server.address()).unwrap();
    // Answered behind it, so that it has been accepted.
    assert_eq!(server.ping("test").status, 200);
    server.signal(Signal::TERM);
    server.wait_for_line("stopping", PATIENCE);
    write!(ping, "GET /ping?username=test HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let answer = read_answer(&mut ping).unwrap();
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")), "{answer:?}");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn pings_that_were_answered_during_a_stop_are_kept() {
    let place = Place::new(QUIET);
    let mut server = place.start();
    let address = server.address();
    let clients: Vec<_> = (0..4)
        .map(|_| {
            thread::spawn(move || {
                let mut times = Vec::new();
                while let Ok(answer) = ask(address, "GET", "/ping?username=test", "", "") {
                    assert_eq!(answer.status, 200, "{answer:?}");
                    times.push(answer.body);
                }
                times
            })
        })
        .collect();
    for _ in 0..20 {
        assert_eq!(server.ping("test").status, 200);
    }
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(0));
    let times: Vec<_> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
    assert!(!times.is_empty());
    let server = place.start();
    assert_all_logged(&server, &times);
    server.stop();
}

/// Tells whether `/logs` holds a ping of the user `test` for each of these answers.
pub(super) fn assert_all_logged(server: &Server, times: &[String]) {
    let mut acknowledged = BTreeMap::<&str, usize>::new();
    for time in times {
        *acknowledged.entry(time).or_default() += 1;
    }
    for (time, count) in acknowledged {
        let (date, time) = time.split_once(' ').unwrap();
        let [year, month, day] = date.split('/').collect::<Vec<_>>().try_into().unwrap();
        let path = format!("/logs?username=test&year={year}&month={month}&day={day}");
        let logged: Vec<String> = serde_json::from_str(&server.get(&path).body).unwrap();
        let found = logged.iter().filter(|logged| *logged == time).count();
        assert!(count <= found, "{count} pings acknowledged at {time}, {found} logged");
    }
}

#[test]
fn a_mail_past_its_dot_is_finished_before_the_program_ends_and_not_sent_again() {
    let mail = MailServer::start(Security::Tls);
    mail.behave(Behaviour::at(At::Dot, Act::Stall));
    let place = Place::new(SILENT).with_mail(&mail);
    let mut server = place.start();
    mail.wait_for_stalls(1, PATIENCE);
    server.signal(Signal::TERM);
    server.wait_for_line("stopping", PATIENCE);
    mail.behave(Behaviour::default());
    mail.release();
    assert_eq!(server.wait().code(), Some(0));
    assert_eq!(mail.mails().len(), 1);
    let server = place.start();
    assert!(server.get("/metrics").body.contains("ping_listener_outbox_rows{state=\"sent\"} 1\n"));
    server.stop();
    assert_eq!(mail.mails().len(), 1);
}

#[test]
fn a_second_request_to_stop_is_heeded_at_once_and_the_mail_in_hand_is_sent_again() {
    let mail = MailServer::start(Security::Tls);
    mail.behave(Behaviour::at(At::Dot, Act::Stall));
    let place = Place::new(SILENT).with_mail(&mail);
    let mut server = place.start();
    mail.wait_for_stalls(1, PATIENCE);
    server.signal(Signal::TERM);
    server.wait_for_line("stopping", PATIENCE);
    let began = now();
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(130));
    assert!(now() - began < QUICK);
    mail.behave(Behaviour::default());
    mail.release();
    mail.wait_for_mails(1, PATIENCE);
    let server = place.start();
    let mails = mail.wait_for_mails(2, PATIENCE);
    let id =
        |raw: &[u8]| mail_parser::MessageParser::new().parse(raw).unwrap().message_id().unwrap().to_owned();
    assert_eq!(id(&mails[0].raw), id(&mails[1].raw));
    server.stop();
    assert_sound(&place.database());
}
