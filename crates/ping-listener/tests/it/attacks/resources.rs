//! Attacks on patience: many at once, slow ones, and names without end, while a device pings and has to be answered.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rig::caller::{ask_by, connect, connect_from, exchange};
use rig::server::{Place, Server, TESTING_PASSWORD, let_pass, now};

use super::{Strangers, Table, from_own_page, statuses};

const CONFIG: &str = r#"{
  "recipient": "you@example.org",
  "users": {"test": {"monitor": true, "max_sleep": 3600, "email_frequency": 3600}}
}"#;

/// How many unknown names are asked for; a million where this variable says so, and fewer in the test command.
const NAMES_VARIABLE: &str = "PING_LISTENER_UNKNOWN_NAMES";

/// Names on one connection: their requests fit into the buffers of a socket.
const NAMES_A_CONNECTION: usize = 500;

/// How long silent connections and slow bodies may last, and a second or two for a busy machine.
const GIVEN_UP_WITHIN: Duration = Duration::from_secs(13);

/// What no ping takes by itself, on a machine however busy with other tests.
const WAITED: Duration = Duration::from_secs(2);

#[test]
fn many_sign_ins_at_once_keep_no_ping_waiting() {
    let server = Place::new(CONFIG).with("TESTING_PASSWORD", TESTING_PASSWORD).start();
    let strangers = Strangers::new();
    let mut table = Table::new("Sign-ins");
    let form = format!("password={}", "a".repeat(1 << 20));
    let times = (0..5).map(|_| {
        let start = now();
        let answer = strangers.post(&server, "/sign-in", "", &form);
        (answer.status, now() - start)
    });
    let (status, time) = times.min_by_key(|(_, time)| *time).unwrap();
    let holds = status == 413 && time < Duration::from_millis(20);
    table.judge(7, "a password of 1 MiB", "413 within 20 ms", (format!("{status} in {time:?}"), holds));
    // The last are to compare with: what 200 strangers at once cost who do nothing but connect and ask.
    for (attack, password, expected) in [
        ("200 wrong passwords at once", Some("wrong"), [401, 429]),
        ("200 right passwords at once", Some(TESTING_PASSWORD), [303, 303]),
        ("200 who only look at once", None, [200, 200]),
    ] {
        let (answers, pings) = while_pinging(&server, || {
            let server = &server;
            let come = &|source| match password {
                Some(password) => sign_in_from(source, server, password),
                None => look_from(source, server),
            };
            thread::scope(|scope| {
                let tries: Vec<_> = (0..200)
                    .map(|_| strangers.next())
                    .map(|source| scope.spawn(move || come(source)))
                    .collect();
                tries.into_iter().map(|one| one.join().unwrap()).collect::<Vec<u16>>()
            })
        });
        let [one, other] = expected;
        let right = answers.iter().filter(|status| expected.contains(status)).count();
        table.expect(7, &format!("{attack}: answered {one} or {other}"), "200", right);
        judge_pings(&mut table, 7, attack, &pings, Duration::from_millis(50));
    }
    table.expect(
        7,
        "the right password from elsewhere afterwards",
        "303",
        sign_in_from(strangers.next(), &server, TESTING_PASSWORD),
    );
    server.stop();
    table.finish();
}

#[test]
fn connections_that_say_little_are_given_up_and_keep_no_ping_waiting() {
    let server = Place::new(CONFIG).with("TESTING_PASSWORD", TESTING_PASSWORD).start();
    let mut table = Table::new("Slow clients");
    // Both ends may be counted against the same limit of open files.
    let count = (open_files_max() / 4).saturating_sub(100).min(2_000);
    let silent: Vec<_> = (0..count).map(|_| connect(server.address()).unwrap()).collect();
    let mut slow: Vec<_> = (0..count).map(|_| connect(server.address()).unwrap()).collect();
    let mut bodies = slow_bodies(&server);
    let begin = now();
    let (ended, pings) = while_pinging(&server, || {
        for _ in 0..2 {
            for stream in &mut slow {
                stream.write_all(b"G").unwrap();
            }
            for stream in &mut bodies {
                stream.write_all(b"p").unwrap();
            }
            let_pass(Duration::from_secs(5));
        }
        silent.into_iter().chain(slow).map(rest_of).collect::<Vec<_>>()
    });
    let took = now() - begin;
    let closed = ended.iter().filter(|rest| ["closed", "408"].contains(&rest.as_str())).count();
    table.expect(
        25,
        &format!("{count} connections that say nothing and {count} that say a byte each 5 s: closed"),
        &(2 * count).to_string(),
        closed,
    );
    table.judge(
        25,
        "how long they lasted",
        "10 s",
        (format!("{:.1} s", took.as_secs_f64()), took < GIVEN_UP_WITHIN),
    );
    judge_pings(&mut table, 25, "meanwhile", &pings, Duration::from_millis(100));
    for stream in bodies {
        table.expect(26, "a body of a few bytes in ten seconds", "408", rest_of(stream));
    }
    server.stop();
    table.finish();
}

#[test]
fn names_without_end_cost_neither_memory_nor_disk() {
    let place = Place::new(CONFIG).with("TESTING_PASSWORD", TESTING_PASSWORD);
    let server = place.start();
    let names: usize = env_number(NAMES_VARIABLE).unwrap_or(100_000);
    let mut table = Table::new("Unknown names");
    // The first thousand bring up what every server needs.
    let strangers = Strangers::new();
    ask_for_unknown(&server, &strangers, 0, 2 * NAMES_A_CONNECTION);
    let before = (resident_kib(&server), bytes_in(&place.data()));
    let (statuses, pings) = while_pinging(&server, || ask_for_unknown(&server, &strangers, 1_000, names));
    let (found, limited) = statuses;
    let after = (resident_kib(&server), bytes_in(&place.data()));
    let attack = format!("{names} unknown names from {} addresses", names / NAMES_A_CONNECTION);
    table.judge(
        27,
        &attack,
        "404 or 429",
        (format!("{found} times 404, {limited} times 429"), found + limited == names),
    );
    let grown = after.0.saturating_sub(before.0);
    table.judge(27, "memory", "less than 10 MiB more", (format!("{grown} KiB more"), grown < 10 * 1_024));
    let written = after.1.saturating_sub(before.1);
    // A ping that is taken meanwhile writes a page or two of its own, and so does a sign of life every five seconds.
    let allowed = (pings.len() as u64 + 32) * 2 * 4_096;
    table.judge(
        27,
        "disk",
        &format!("at most {allowed} bytes, for the pings taken meanwhile"),
        (format!("{written} bytes more"), written < allowed),
    );
    judge_pings(&mut table, 41, "pings from the same machine meanwhile", &pings, Duration::from_millis(100));
    let guesser = Ipv4Addr::new(127, 9, 9, 9);
    let ask = |path: &str| {
        ask_by(&mut connect_from(guesser, server.address()).unwrap(), "GET", path, "", "").unwrap().status
    };
    let last = (0..150).map(|nth| ask(&format!("/ping?username=nobody{nth}"))).fold(0, |_, status| status);
    table.expect(41, "one address after 150 unknown names", "429", last);
    table.expect(41, "a right ping from that address", "200", ask("/ping?username=test"));
    server.stop();
    table.finish();
}

/// Two slow bodies: of a stated length, and in chunks.
fn slow_bodies(server: &Server) -> Vec<TcpStream> {
    let head =
        format!("POST /sign-in HTTP/1.1\r\nHost: {}\r\n{}", server.address(), from_own_page(server, ""));
    ["Content-Length: 30\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n1e\r\n"]
        .into_iter()
        .map(|rest| {
            let mut stream = connect(server.address()).unwrap();
            stream.write_all(format!("{head}{rest}").as_bytes()).unwrap();
            stream
        })
        .collect()
}

fn rest_of(mut stream: TcpStream) -> String {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => statuses(&String::from_utf8_lossy(&rest)),
        Err(error) => error.to_string(),
    }
}

fn sign_in_from(source: Ipv4Addr, server: &Server, password: &str) -> u16 {
    let mut stream = connect_from(source, server.address()).unwrap();
    let headers = from_own_page(server, "");
    ask_by(&mut stream, "POST", "/sign-in", &headers, &format!("password={password}")).unwrap().status
}

fn look_from(source: Ipv4Addr, server: &Server) -> u16 {
    let mut stream = connect_from(source, server.address()).unwrap();
    ask_by(&mut stream, "GET", "/health/live", "", "").unwrap().status
}

/// Asks for so many names that nobody has; returns how many were not found and how many told to wait.
fn ask_for_unknown(server: &Server, strangers: &Strangers, from: usize, count: usize) -> (usize, usize) {
    let (mut found, mut limited) = (0, 0);
    for begin in (from..from + count).step_by(NAMES_A_CONNECTION) {
        let mut requests = String::new();
        for nth in begin..begin + NAMES_A_CONNECTION - 1 {
            write!(requests, "GET /ping?username=nobody{nth} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        }
        requests.push_str("GET /ping?username=nobody HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let raw = exchange(&mut strangers.connect(server), requests.as_bytes()).unwrap();
        found += raw.matches("HTTP/1.1 404 ").count();
        limited += raw.matches("HTTP/1.1 429 ").count();
    }
    (found, limited)
}

/// Does something while a device pings by a connection of its own; returns how long each of its pings took, or
/// nothing in the place of one that was not taken.
fn while_pinging<T>(server: &Server, act: impl FnOnce() -> T) -> (T, Vec<Option<Duration>>) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let device = scope.spawn(|| {
            let mut times = Vec::new();
            while !is_over.load(Ordering::Relaxed) || times.len() < 20 {
                let start = now();
                let answer = server.ping("test");
                times.push((answer.status == 200).then(|| now() - start));
                thread::park_timeout(Duration::from_millis(10));
            }
            times
        });
        let done = act();
        is_over.store(true, Ordering::Relaxed);
        (done, device.join().unwrap())
    })
}

/// The figure is for a machine that has nothing else to do; a ping that had to wait for the attack fails the test.
fn judge_pings(table: &mut Table, row: u8, attack: &str, pings: &[Option<Duration>], aim: Duration) {
    let mut times: Vec<_> = pings.iter().copied().flatten().collect();
    table.expect(row, &format!("{attack}: pings taken"), &pings.len().to_string(), times.len());
    times.sort_unstable();
    let Some(slowest) = times.get((times.len() * 99).div_ceil(100).saturating_sub(1)) else { return };
    let attack = format!("{attack}: 99 of 100 pings were answered within");
    table.judge(
        row,
        &attack,
        &format!("{aim:?} on a quiet machine"),
        (format!("{slowest:?}"), *slowest < WAITED),
    );
}

fn resident_kib(server: &Server) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().split(' ').next().unwrap().parse().unwrap()
}

fn bytes_in(folder: &Path) -> u64 {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

fn open_files_max() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap_or(usize::MAX)
}

#[expect(clippy::disallowed_methods, reason = "here is the edge of the tests")]
fn env_number(name: &str) -> Option<usize> {
    env::var(name).ok().map(|text| text.parse().unwrap())
}
