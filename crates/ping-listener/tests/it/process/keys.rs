//! Keys from the command line: shown once, kept as digests, in force at once.

use std::time::Duration;

use rig::server::{Place, Server, wait_until};

use super::QUIET;

fn made(place: &Place, kind: &str) -> String {
    let ended = place.run(&["keys", "create", kind]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let key = ended.stdout.trim_end();
    assert!(!key.contains('\n') && !ended.stderr.contains(key), "{ended:?}");
    key.to_owned()
}

fn list_status(server: &Server, key: &str) -> u16 {
    server.get_with("/api/v3/checks/", &format!("X-Api-Key: {key}\r\n")).status
}

#[test]
fn a_key_opens_a_running_server_at_once_and_a_revoked_one_does_not() {
    let place = Place::new(QUIET);
    let before = made(&place, "--read-write");
    let server = place.start();
    assert_eq!(list_status(&server, &before), 200, "it was made before the start");
    let (read_only, ping) = (made(&place, "--read-only"), made(&place, "--ping"));
    assert_eq!(list_status(&server, &read_only), 200);
    let create = |key: &str| server.post("/api/v3/checks/", &format!("X-Api-Key: {key}\r\n"), "{}").status;
    assert_eq!((create(&read_only), create(&before), create(&ping)), (401, 201, 401));
    assert_eq!(server.get(&format!("/ping/{ping}/job?create=1")).status, 201);
    assert_eq!(server.get(&format!("/ping/{}/job", "x".repeat(22))).status, 404);

    let listed = place.run(&["keys", "list"]).stdout;
    let begins: Vec<_> =
        listed.lines().map(|line| line.split_whitespace().take(2).collect::<Vec<_>>()).collect();
    let expected = [["read-write", &before[4..12]], ["read-only", &read_only[4..12]], ["ping", &ping[..7]]];
    assert_eq!(begins, expected, "{listed}");

    for key in [&before[4..12], &read_only, &ping[..7]] {
        let ended = place.run(&["keys", "revoke", key]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    wait_until(Duration::from_secs(10), "the keys are of no use", || {
        (list_status(&server, &before), list_status(&server, &read_only)) == (401, 401)
            && server.get(&format!("/ping/{ping}/job")).status == 404
    });
    assert_eq!(place.run(&["keys", "list"]).stdout, "");
    let unknown = place.run(&["keys", "revoke", &before]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert_eq!(server.ping("test").status, 200);
    server.stop();
}

#[test]
fn no_key_can_be_read_from_the_data_folder() {
    let place = Place::new(QUIET);
    let keys = ["--read-write", "--read-only", "--ping"].map(|kind| made(&place, kind));
    for file in std::fs::read_dir(place.data()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for key in &keys {
            assert!(!bytes.windows(key.len()).any(|window| window == key.as_bytes()), "{key}");
        }
    }
}

#[test]
fn pings_are_answered_however_long_somebody_else_writes() {
    let place = Place::new(QUIET);
    let server = place.start();
    let beside = rusqlite::Connection::open(place.database()).unwrap();
    beside.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let ping = scope.spawn(|| server.ping("test").status);
        server.wait_for_line("another program writes in the database", Duration::from_secs(30));
        beside.execute_batch("COMMIT").unwrap();
        assert_eq!(ping.join().unwrap(), 200);
    });
    server.stop();
}
