//! The program dies without warning, again and again, and nothing that it promised is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use ping_listener::channels::email::Security;

use rig::caller::ask;
use rig::server::{PATIENCE, Place, Server, assert_sound, now};
use rig::smtp::{Act, At, Behaviour, MailServer};

/// How often the program is killed.
const ROUNDS: usize = 10;

/// Programs that ping at once, each in one user's name.
const CLIENTS: usize = 8;

/// Pings that are answered before the next kill.
const ACKNOWLEDGED: usize = 200;

/// Users that never ping, so that mails are on their way while the program is killed.
const SILENT: usize = 24;

/// A start may take as long as this with a log to read again.
const START_MAX: Duration = Duration::from_secs(3);

/// Between two bytes of the mail server's answer to the dot: a mail takes so long that kills fall between.
const TRICKLE: Duration = Duration::from_millis(30);

/// Which user pinged, and the time that the answer gave: date and time of day.
type Journal = BTreeMap<(usize, String, String), usize>;

#[test]
fn ten_kills_with_pings_in_flight_lose_no_acknowledged_ping_and_no_alert() {
    let mail = MailServer::start(Security::Tls);
    mail.behave(Behaviour::at(At::Dot, Act::Trickle(TRICKLE)));
    let place = Place::new(&config()).with_mail(&mail);
    let mut journal = Journal::new();
    for round in 0..ROUNDS {
        let server = start_in_time(&place);
        assert_complete(&server, &journal);
        if round == 0 {
            mail.wait_for_mails(1, PATIENCE);
        }
        note_pings_until_killed(server, &mut journal);
    }
    let server = start_in_time(&place);
    assert_complete(&server, &journal);
    wait_for_all_alerts(&mail);
    server.stop();
    assert_sound(&place.database());
    assert_told_once(&mail);
}

fn config() -> String {
    let user = |name: String, max_sleep: f64| {
        format!(r#""{name}": {{"monitor": true, "max_sleep": {max_sleep}, "email_frequency": 3600}}"#)
    };
    let mut users: Vec<_> = (0..CLIENTS).map(|client| user(format!("client{client}"), 3600.0)).collect();
    users.extend((0..SILENT).map(|silent| user(format!("silent{silent}"), 0.2)));
    format!(
        r#"{{"base_frequency": 0.1, "email_processing_frequency": 0.1, "recipient": "you@example.org",
             "digest_over": 1000, "users": {{{}}}}}"#,
        users.join(", ")
    )
}

fn start_in_time(place: &Place) -> Server {
    let began = now();
    let server = place.start();
    assert_eq!(server.get("/health/live").status, 200);
    let took = now() - began;
    assert!(took < START_MAX, "the start took {took:?}");
    server
}

/// Lets the clients ping, kills the program while they do, and writes down every ping that was answered 200.
fn note_pings_until_killed(server: Server, journal: &mut Journal) {
    let address = server.address();
    let (sender, answers) = channel();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let sender = sender.clone();
            thread::spawn(move || ping_until_refused(address, client, &sender))
        })
        .collect();
    drop(sender);
    for _ in 0..ACKNOWLEDGED {
        note(&answers, journal);
    }
    server.kill();
    for client in clients {
        client.join().unwrap();
    }
    for (client, time) in answers {
        *journal.entry(key(client, &time)).or_default() += 1;
    }
}

fn note(answers: &Receiver<(usize, String)>, journal: &mut Journal) {
    let (client, time) = answers.recv_timeout(PATIENCE).expect("pings are answered");
    *journal.entry(key(client, &time)).or_default() += 1;
}

fn key(client: usize, time: &str) -> (usize, String, String) {
    let (date, time_of_day) = time.split_once(' ').unwrap();
    (client, date.to_owned(), time_of_day.to_owned())
}

fn ping_until_refused(address: SocketAddr, client: usize, sender: &Sender<(usize, String)>) {
    let path = format!("/ping?username=client{client}");
    while let Ok(answer) = ask(address, "GET", &path, "", "") {
        assert_eq!(answer.status, 200, "{answer:?}");
        sender.send((client, answer.body)).unwrap();
    }
}

/// Asserts that the logs hold every ping of the journal. They may hold more: pings whose answers were cut off.
fn assert_complete(server: &Server, journal: &Journal) {
    let days: BTreeSet<_> = journal.keys().map(|(client, date, _)| (client, date)).collect();
    for (client, date) in days {
        let [year, month, day] = date.split('/').collect::<Vec<_>>().try_into().unwrap();
        let path = format!("/logs?username=client{client}&year={year}&month={month}&day={day}");
        let times: Vec<String> = serde_json::from_str(&server.get(&path).body).unwrap();
        let mut logged = BTreeMap::<&str, usize>::new();
        for time in &times {
            *logged.entry(time).or_default() += 1;
        }
        for ((_, _, time), count) in journal.iter().filter(|(key, _)| key.0 == *client && key.1 == *date) {
            let found = logged.get(time.as_str()).copied().unwrap_or(0);
            assert!(*count <= found, "client{client}: {count} acknowledged at {date} {time}, {found} logged");
        }
    }
}

/// Waits until each silent user was written about.
fn wait_for_all_alerts(mail: &MailServer) {
    let deadline = now() + PATIENCE;
    let mut count = SILENT;
    while by_subject(mail).len() < SILENT {
        assert!(now() < deadline, "{} of {SILENT} alerts came", by_subject(mail).len());
        mail.wait_for_mails(count, PATIENCE);
        count += 1;
    }
}

/// Asserts that a mail which came twice is the same mail: a reader's program shows it once.
fn assert_told_once(mail: &MailServer) {
    for (subject, ids) in by_subject(mail) {
        assert!(subject.starts_with("silent"), "{subject}");
        assert_eq!(ids.len(), 1, "{subject} has several Message-IDs: {ids:?}");
    }
}

/// Returns the Message-IDs of the mails with each subject.
fn by_subject(mail: &MailServer) -> BTreeMap<String, BTreeSet<String>> {
    let mut subjects = BTreeMap::<String, BTreeSet<String>>::new();
    for received in mail.mails() {
        let message = mail_parser::MessageParser::new().parse(&received.raw).unwrap();
        let id = message.message_id().unwrap().to_owned();
        subjects.entry(message.subject().unwrap().to_owned()).or_default().insert(id);
    }
    subjects
}
