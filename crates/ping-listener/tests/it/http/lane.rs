//! Plain pings: answered past the HTTP library, and in order with all that is not.

use ping_listener::http::Limits;
use tokio::io::AsyncWriteExt;

use super::{LANE, PATIENCE, SHORT, Server, assert_answer};

#[tokio::test]
async fn pipelined_pings_are_all_answered_in_order() {
    let server = Server::start(Limits::default()).await;
    let one = "GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n";
    let last = "GET /ping?username=b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = server.ask([one, one, one, last].concat()).await;
    assert_eq!(answer.matches("HTTP/1.1 200 ").count(), 3, "{answer}");
    assert!(answer.ends_with("No check has this name."), "{answer}");
}

#[tokio::test]
async fn plain_pings_go_past_the_http_library_and_in_order_with_all_that_does_not() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    let plain = "GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n";
    for other in [
        "GET /ping?username=a HTTP/1.1\r\nHost: x\r\nX-Ping-Key: secret\r\n\r\n",
        "GET /ping?username=b HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\na\nb\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        client.send(plain).await;
        let answer = client.answer().await;
        assert!(answer.contains(LANE) && answer.ends_with("taken"), "{answer}");
        client.send(other).await;
        let answer = client.answer().await;
        assert!(!answer.contains(LANE), "{answer}");
    }
    let slow = "GET /ping?username=slow HTTP/1.1\r\nHost: x\r\n\r\n";
    client.send([slow, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", plain].concat()).await;
    client.send(slow).await;
    client.send(plain).await;
    server.gate.add_permits(2);
    for body in ["taken late", "a page", "taken", "taken late", "taken"] {
        let answer = client.answer().await;
        assert!(answer.ends_with(body), "{body}: {answer}");
    }
}

#[tokio::test]
async fn a_plain_ping_that_comes_in_two_pieces_is_answered() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    for end in 1..40 {
        let request = "GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n";
        client.send(&request[..end]).await;
        tokio::task::yield_now().await;
        client.send(&request[end..]).await;
        assert_answer(&client.answer().await, 200, "taken");
    }
}

#[tokio::test]
async fn plain_answers_that_nobody_reads_end_the_connection() {
    let server = Server::start(Limits { write_timeout: SHORT, ..Limits::default() }).await;
    let (reader, mut writer) = server.connect().await.stream.into_split();
    let requests = "GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n";
    let flood = async { while writer.write_all(requests.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, flood).await.expect("the server does not close");
    drop(reader);
}
