//! The real program under clocks that were moved while it was away, as far as the kernel allows, and after a long halt.

use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rig::server::{Place, Server, Signal, let_pass, now};

/// Two users who may be silent for four seconds.
const CONFIG: &str = r#"{"recipient": "you@example.org", "base_frequency": 0.2, "email_processing_frequency": 0.2,
    "users": {"alive": {"monitor": true, "max_sleep": 4, "email_frequency": 3600},
              "dead": {"monitor": true, "max_sleep": 4, "email_frequency": 3600}}}"#;

/// Nobody is alerted in the first ten seconds after a gap; then the one who is dead is.
const CALM: Duration = Duration::from_secs(8);

/// How much later a pass and a very busy machine may be; an idle one takes two seconds.
const SLACK: Duration = Duration::from_secs(20);

/// What happened to the clocks between two runs: seconds since the boot, before and after, suspend counted or not.
const MOVED: [(&str, [i64; 2], [i64; 2]); 4] = [
    ("asleep for eight hours", [0, 0], [28_800, 0]),
    ("off for ten years, by the clock that counts on", [0, 0], [315_576_000, 315_576_000]),
    ("back by an hour", [7_200, 7_200], [3_600, 3_600]),
    ("a century ahead from the start", [3_155_760_000, 3_155_760_000], [3_155_760_000, 3_155_760_000]),
];

#[test]
fn clocks_that_were_moved_between_two_runs_blame_nobody_and_hide_nobody() {
    let probe = Command::new("unshare").args(["--time", "true"]).stderr(Stdio::null()).status();
    if !probe.is_ok_and(|status| status.success()) {
        eprintln!("NOT TESTED: time namespaces want util-linux, Linux 5.6 and the right to make one");
        return;
    }
    let stories = MOVED.map(|(what, before, after)| {
        thread::spawn(move || {
            let place = Place::new(CONFIG);
            let server = place.clone().under(shifted(before)).start();
            ping_for(&server, Duration::from_secs(2), &["alive", "dead"]);
            server.kill();
            let server = place.clone().under(shifted(after)).start();
            blames_the_dead_only(&server, what);
            // The program saw the clock that was moved, and takes what it jumped for its own absence.
            let absent = f64::from(i32::try_from(after[0] - before[0]).unwrap()).max(0.0);
            assert!((absent..absent + 60.0).contains(&seconds_down(&server)), "{what}");
            server.stop();
        })
    });
    for story in stories {
        story.join().unwrap();
    }
}

#[test]
fn a_halt_of_many_periods_blames_nobody_and_hides_nobody() {
    let place = Place::new(CONFIG);
    let server = place.start();
    ping_for(&server, Duration::from_secs(2), &["alive", "dead"]);
    server.signal(Signal::STOP);
    let_pass(Duration::from_secs(9));
    server.signal(Signal::CONT);
    blames_the_dead_only(&server, "halted for two periods");
    let gaps = server.log().matches("the server could not run for").count();
    assert_eq!(gaps, 1, "{}", server.log());
    server.stop();
}

/// Returns the words that start a program with clocks that are ahead by so many seconds.
fn shifted([boottime, monotonic]: [i64; 2]) -> Vec<OsString> {
    let words = ["unshare".to_owned(), "--time".to_owned(), "--boottime".to_owned(), boottime.to_string()];
    let words = words.into_iter().chain(["--monotonic".to_owned(), monotonic.to_string(), "--".to_owned()]);
    words.map(OsString::from).collect()
}

/// Returns how long the program says that it was down.
fn seconds_down(server: &Server) -> f64 {
    let meters = server.get("/metrics").body;
    let words = "ping_listener_gap_seconds_total{cause=\"down\"} ";
    let line = meters.lines().find_map(|line| line.strip_prefix(words));
    line.unwrap_or_else(|| panic!("{meters}")).parse().unwrap()
}

fn ping_for(server: &Server, time: Duration, names: &[&str]) {
    ping_until(server, time, names, || false);
}

/// Lets these ping until something is so, for no longer than `time`.
fn ping_until(server: &Server, time: Duration, names: &[&str], is_so: impl Fn() -> bool) {
    let end = now() + time;
    while now() < end && !is_so() {
        for name in names {
            assert_eq!(server.ping(name).status, 200);
        }
        let_pass(Duration::from_millis(500));
    }
}

/// Asserts that of a client that pings and one that does not the other is reported, after the calm and soon then.
fn blames_the_dead_only(server: &Server, what: &str) {
    ping_for(server, CALM, &["alive"]);
    assert!(!server.log().contains("disconnection"), "{what}: {}", server.log());
    let is_told = || server.log().contains("dead disconnection detected");
    ping_until(server, SLACK, &["alive"], is_told);
    let log = server.log();
    assert!(is_told(), "{what}: {log}");
    assert!(!log.contains("alive disconnection detected"), "{what}: {log}");
}
