//! Plain pings of Healthchecks' clients: answered past the HTTP library, and as by it.

use rig::app::TestApp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{KEY, check, pings, start};

/// Sends bytes on a connection of their own, and returns all that comes.
pub(super) async fn exchange(app: &TestApp, request: &str) -> String {
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    // The server may close before it has all; what it said counts.
    let _ = stream.write_all(request.as_bytes()).await;
    let _ = stream.shutdown().await;
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the lines of the head in order, without the one that tells the machine's own time.
fn lines(answer: &str) -> Vec<String> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<_> =
        head.lines().filter(|line| !line.starts_with("date: ")).map(str::to_owned).collect();
    lines.sort();
    lines.push(body.to_owned());
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_ping_is_answered_as_any_other() {
    let app = start().await;
    let view = check(&app, "a").await;
    let uuid = view.uuid;
    let get = |path: &str, header: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n");
    for path in [
        format!("/ping/{uuid}"),
        format!("/{uuid}"),
        format!("/{uuid}/"),
        format!("/ping/{uuid}/start?rid={uuid}"),
        format!("/{uuid}/7"),
        format!("/{uuid}/256"),
        format!("/{uuid}?rid=x"),
        format!("/ping/{KEY}/a"),
        format!("/{KEY}/a/fail"),
        format!("/{KEY}/b"),
    ] {
        let plain = exchange(&app, &get(&path, "User-Agent: curl/8\r\n")).await;
        // A header that means nothing, and which the lane does not know.
        let other = exchange(&app, &get(&path, "User-Agent: curl/8\r\nX-Other: y\r\n")).await;
        assert_eq!(lines(&plain), lines(&other), "{path}");
    }
    let kept = pings(&app, &view).await;
    assert_eq!(kept.len(), 14);
    for pair in kept.chunks(2) {
        let told = |nth: usize| {
            (pair[nth].signal, pair[nth].exit_status, pair[nth].rid, pair[nth].user_agent.clone())
        };
        assert_eq!(told(0), told(1));
        assert_eq!(&*pair[0].user_agent, "curl/8");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_pings_in_a_row_are_answered_in_a_row() {
    let app = start().await;
    let view = check(&app, "a").await;
    let one = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", view.uuid);
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    for nth in 1..=3 {
        stream.write_all(one.as_bytes()).await.unwrap();
        let mut received = Vec::new();
        while !received.ends_with(b"\r\n\r\nOK") {
            assert!(0 < stream.read_buf(&mut received).await.unwrap());
        }
        assert_eq!(pings(&app, &view).await.len(), nth);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_an_answer_is_its_own() {
    let mut app = start().await;
    let view = check(&app, "a").await;
    let one = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", view.uuid);
    for second in ["00", "01"] {
        let answer = exchange(&app, &one).await;
        let date = format!("Sat, 21 Nov 2026 07:05:{second} GMT\r\n");
        for header in ["expires", "date"] {
            assert!(answer.contains(&format!("\r\n{header}: {date}")), "{answer}");
        }
        app.advance(1.0).await;
    }
}
