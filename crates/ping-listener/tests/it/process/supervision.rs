//! Who watches the program: systemd, another monitor, and the program itself after it could not run.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::{QUIET, SILENT};
use rig::caller::ask;
use rig::server::{PATIENCE, Place, Server, Signal, let_pass, wait_until};

#[test]
fn systemd_hears_that_the_program_is_ready_lives_and_stops() {
    // Passes come an hour apart, and signs of life have to come all the same.
    let place = Place::new(&QUIET.replacen('{', r#"{"base_frequency": 3600,"#, 1));
    let socket = UnixDatagram::bind(place.path("notify")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let place = place.with("NOTIFY_SOCKET", socket_path(&socket)).with("WATCHDOG_USEC", "1500000");
    let server = place.start();
    let mut heard = Vec::new();
    while heard.iter().filter(|word| *word == "WATCHDOG=1").count() < 4 {
        heard.push(hear(&socket));
    }
    assert!(heard.iter().any(|word| word == "READY=1"), "{heard:?}");
    server.signal(Signal::TERM);
    while heard.last().unwrap() != "STOPPING=1" {
        heard.push(hear(&socket));
    }
    assert_eq!(heard.iter().filter(|word| *word == "READY=1").count(), 1, "{heard:?}");
}

fn socket_path(socket: &UnixDatagram) -> std::path::PathBuf {
    socket.local_addr().unwrap().as_pathname().unwrap().to_owned()
}

fn hear(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 256];
    let length = socket.recv(&mut buffer).unwrap();
    String::from_utf8_lossy(&buffer[..length]).trim_end().to_owned()
}

#[test]
fn another_monitor_is_told_that_the_program_lives() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/beat/of-this-heart", listener.local_addr().unwrap());
    let place = Place::new(&QUIET.replacen('{', &format!(r#"{{"heartbeat_url": "{url}","#), 1));
    let server = place.start();
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("GET /beat/of-this-heart HTTP/1.1\r\n"), "{head}");
    // A failure is told once, and never with the address, which may hold a key.
    stream.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    let line = server.wait_for_line("the heartbeat was not taken", PATIENCE);
    assert!(line.contains("the answer was 500"), "{line}");
    assert!(!server.log().contains("of-this-heart"));
    server.stop();
}

#[test]
fn a_program_that_was_halted_blames_itself_and_not_who_pinged_meanwhile() {
    let config = QUIET.replacen("3600,", "2,", 1).replacen('{', r#"{"base_frequency": 0.2,"#, 1);
    let place = Place::new(&config);
    let server = place.start();
    let address = server.address();
    let is_over = Arc::new(AtomicBool::new(false));
    let client = {
        let is_over = Arc::clone(&is_over);
        thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                assert_eq!(ask(address, "GET", "/ping?username=test", "", "").unwrap().status, 200);
                thread::park_timeout(Duration::from_millis(200));
            }
        })
    };
    let_pass(Duration::from_secs(2));
    server.signal(Signal::STOP);
    let_pass(Duration::from_secs(3));
    server.signal(Signal::CONT);
    server.wait_for_line("the server could not run for", PATIENCE);
    let meters = server.get("/metrics").body;
    assert!(meters.contains("ping_listener_gaps_total{cause=\"stall\"}"), "{meters}");
    // Nobody is alerted in the first ten seconds; what comes after them counts.
    let_pass(Duration::from_secs(12));
    is_over.store(true, Ordering::Relaxed);
    client.join().unwrap();
    assert!(!server.log().contains("disconnection"), "{}", server.log());
    server.stop();
}

#[test]
fn a_restart_forgets_no_alert_and_raises_none_twice() {
    let place = Place::new(SILENT);
    let server = place.start();
    wait_until_sent(&server);
    server.kill();
    let server = place.start();
    // Beyond the ten seconds in which nobody is alerted.
    let_pass(Duration::from_secs(12));
    assert!(!server.log().contains("disconnection"), "{}", server.log());
    assert_eq!(server.ping("silent").status, 200);
    // The ping ended the silence, and the next one is reported at once.
    server.wait_for_line("silent disconnection detected", PATIENCE);
    server.stop();
}

#[test]
fn a_silence_that_begins_before_any_request_is_reported_all_the_same() {
    let place = Place::new(SILENT);
    let server = place.start();
    server.wait_for_line(
        "mail to you@example.org stays in the local inbox: silent disconnection detected",
        PATIENCE,
    );
    wait_until_sent(&server);
    server.stop();
}

fn wait_until_sent(server: &Server) {
    wait_until(PATIENCE, "mail that is sent", || {
        server.get("/metrics").body.contains("ping_listener_outbox_rows{state=\"sent\"} 1\n")
    });
}
