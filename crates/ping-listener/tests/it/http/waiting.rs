//! Whom the server waits for and how long: silence, half a head, a drip, an answer that nobody reads.

use ping_listener::http::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{PATIENCE, SHORT, Server, assert_answer};

#[tokio::test]
async fn a_connection_that_says_nothing_or_half_a_head_is_closed() {
    let server = Server::start(Limits { head_timeout: SHORT, ..Limits::default() }).await;
    assert_eq!(server.ask("").await, "");
    assert_answer(&server.ask("GET /ping?user").await, 408, "took too long");
    assert_answer(&server.ask("GET / HTTP/1.1\r\nHost:").await, 408, "took too long");
}

#[tokio::test]
async fn a_head_that_drips_gets_no_more_time_than_one_that_stalls() {
    let server = Server::start(Limits { head_timeout: SHORT, ..Limits::default() }).await;
    let (mut reader, mut writer) = server.connect().await.stream.into_split();
    let dripping = tokio::spawn(async move {
        writer.write_all(b"GET / HTTP/1.1\r\nX: ").await.unwrap();
        while writer.write_all(b"x").await.is_ok() {
            let _ = tokio::time::timeout(SHORT / 10, std::future::pending::<()>()).await;
        }
    });
    let mut answer = Vec::new();
    let read = async { while let Ok(1..) = reader.read_buf(&mut answer).await {} };
    tokio::time::timeout(PATIENCE, read).await.expect("the server does not close");
    assert!(answer.starts_with(b"HTTP/1.1 408 "));
    dripping.abort();
}

#[tokio::test]
async fn half_a_head_after_a_ping_is_closed_too() {
    let server = Server::start(Limits { head_timeout: SHORT, ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.send("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n").await;
    client.until("taken").await;
    client.send("GET /pi").await;
    assert_answer(&client.rest().await, 408, "took too long");
}

#[tokio::test]
async fn an_idle_connection_outlives_the_head_timeout_and_ends_in_the_end() {
    let limits = Limits { head_timeout: SHORT, idle_timeout: SHORT * 8, ..Limits::default() };
    let server = Server::start(limits).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client.send("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n").await;
        client.until("taken").await;
        server.outwait_silence(3).await;
    }
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_slow_handler_is_no_slow_client() {
    let limits = Limits {
        head_timeout: SHORT / 10,
        idle_timeout: SHORT / 10,
        write_timeout: SHORT / 10,
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    let mut client = server.connect().await;
    client.send("GET /ping?username=slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    server.outwait_silence(5).await;
    server.gate.add_permits(1);
    assert_answer(&client.until("taken late").await, 200, "taken late");
}

#[tokio::test]
async fn a_slow_body_of_a_page_is_refused() {
    let server = Server::start(Limits { body_timeout: SHORT, ..Limits::default() }).await;
    let slow = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc";
    assert_answer(&server.ask(slow).await, 408, "body");
}

#[tokio::test]
async fn an_answer_that_nobody_reads_ends_the_connection() {
    let limits = Limits { write_timeout: SHORT, head_timeout: SHORT, ..Limits::default() };
    let server = Server::start(limits).await;
    let mut client = server.connect().await;
    client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n").await;
    server.outwait_silence(5).await;
    let answer = client.rest().await;
    assert!(answer.len() < 64 << 20, "all of it came");
}
