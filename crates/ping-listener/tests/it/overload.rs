//! More pings than the disk takes: some are turned away at once and told when to come again, and none waits for ever.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use rig::app::{TestApp, config, start, user};

/// More than may wait, and more than the one commit that may be under way takes off the queue.
const FLOOD: usize = 65_536 + 4_096 + 1;

/// Asks as a device does that keeps its connection.
async fn plain(app: &TestApp) -> String {
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    stream.write_all(b"GET /ping?username=test HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_stands_still_turns_pings_away_instead_of_letting_all_wait() {
    let app = start(config("", &user("test", 3.0, 60.0, ""))).await;
    let store = &app.common().store;
    let check = store.find("test").unwrap().id;
    // Whoever else writes holds the writer up, as a disk does that takes its time.
    let other = rusqlite::Connection::open(app.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting: Vec<_> = (0..FLOOD).map(|_| store.ping(check)).collect();
    for answer in [plain(&app).await, format!("{:?}", app.ping("test").await)] {
        assert!(answer.contains("503") && answer.contains("too much waits to be written"), "{answer}");
        assert!(answer.contains("retry-after"), "{answer}");
    }
    other.execute_batch("ROLLBACK").unwrap();
    let mut taken = 0;
    for ping in waiting {
        taken += usize::from(ping.await.is_ok());
    }
    assert!((65_536..FLOOD).contains(&taken), "{taken}");
    assert!(plain(&app).await.starts_with("HTTP/1.1 200 OK\r\n"));
    app.pings("test").await;
    let meters = app.page("/metrics").await;
    for line in
        [r#"ping_listener_pings_total{outcome="shed"} 2"#, r#"ping_listener_gaps_total{cause="overload"} 1"#]
    {
        assert!(meters.contains(line), "{line}: {meters}");
    }
}
