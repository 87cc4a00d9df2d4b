//! A restart behind a socket that the supervisor holds: whoever comes meanwhile waits, and is heard.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rig::caller::ask;
use rig::server::{PATIENCE, Place, Server, let_pass};

use super::QUIET;
use super::stopping::assert_all_logged;

/// Other tests that run at the same time may overflow a queue of theirs, which the kernel counts with ours.
const TRIES: usize = 20;

#[test]
fn a_restart_behind_a_held_door_refuses_no_ping_and_is_no_gap() {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = Place::new(QUIET);
    let mut server = place.start_behind(&door);
    assert_eq!(server.address(), door.local_addr().unwrap());
    let callers = Callers::start(server.address());
    let mut was_calm = false;
    for _ in 0..TRIES {
        let before = turned_away();
        server.stop();
        server = place.start_behind(&door);
        server.wait_for_line("the door open", PATIENCE);
        was_calm = before == turned_away();
        if was_calm {
            break;
        }
    }
    assert!(was_calm, "others overflowed a queue in each of {TRIES} tries");
    let answers = callers.stop();
    assert!(!answers.is_empty());
    assert_all_logged(&server, &answers);
    let meters = server.get("/metrics").body;
    assert!(!meters.contains("ping_listener_gaps_total{cause=\"down\"}"), "{meters}");
    server.stop();
}

#[test]
fn a_crash_behind_a_held_door_is_a_gap_all_the_same() {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = Place::new(QUIET);
    let server = place.start_behind(&door);
    // A restart in good order before it leaves nothing behind that could be taken for one.
    server.stop();
    let server = place.start_behind(&door);
    assert_eq!(server.ping("test").status, 200);
    server.kill();
    assert_is_gap(&place.start_behind(&door));
}

#[test]
fn a_held_door_at_which_too_many_waited_is_a_gap() {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = Place::new(QUIET);
    place.start_behind(&door).stop();
    let before = turned_away();
    let waiting: Vec<_> = (0..300)
        .map_while(|_| {
            let call = TcpStream::connect_timeout(&door.local_addr().unwrap(), Duration::from_millis(100));
            call.ok().filter(|_| before == turned_away())
        })
        .collect();
    assert_ne!(before, turned_away(), "{} callers fitted in", waiting.len());
    let server = place.start_behind(&door);
    drop(waiting);
    assert_is_gap(&server);
}

#[test]
fn another_door_is_not_the_one_at_which_people_waited() {
    let place = Place::new(QUIET);
    place.start_behind(&TcpListener::bind("127.0.0.1:0").unwrap()).stop();
    assert_is_gap(&place.start_behind(&TcpListener::bind("127.0.0.1:0").unwrap()));
}

fn assert_is_gap(server: &Server) {
    // The judging begins a second later than the answering.
    let_pass(Duration::from_secs(2));
    let meters = server.get("/metrics").body;
    assert!(meters.contains("ping_listener_gaps_total{cause=\"down\"} 1"), "{meters}");
}

/// Clients that ping one after another, each on a connection of its own.
struct Callers {
    is_over: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<Vec<String>>>,
}

impl Callers {
    fn start(address: SocketAddr) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let call = move |is_over: Arc<AtomicBool>| {
            let mut answers = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let answer = ask(address, "GET", "/ping?username=test", "", "").expect("nobody is refused");
                assert_eq!(answer.status, 200, "{answer:?}");
                answers.push(answer.body);
            }
            answers
        };
        let start = |_| {
            let is_over = Arc::clone(&is_over);
            thread::spawn(move || call(is_over))
        };
        let threads = (0..4).map(start).collect();
        Self { is_over, threads }
    }

    /// Returns the answers.
    fn stop(self) -> Vec<String> {
        self.is_over.store(true, Ordering::Relaxed);
        self.threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    }
}

/// Reads how often the kernel has turned a caller of any socket away.
fn turned_away() -> Vec<String> {
    let netstat = fs::read_to_string("/proc/net/netstat").unwrap();
    let mut lines = netstat.lines().filter(|line| line.starts_with("TcpExt: "));
    let (names, values) = (lines.next().unwrap(), lines.next().unwrap());
    let columns = names.split(' ').zip(values.split(' '));
    columns.filter(|(name, _)| name.starts_with("Listen")).map(|(_, value)| value.to_owned()).collect()
}
