//! Bodies of pings that are kept: how much of them, how long they may take, and that the ping counts either way.

use std::future::pending;

use ping_listener::http::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{PATIENCE, SHORT, Server, assert_answer};

/// Ends with the connection, so that all of the answer has come.
async fn ask(server: &Server, head: &str, body: &str) -> String {
    server.ask(format!("{head}\r\nHost: x\r\nConnection: close\r\n{body}")).await
}

#[tokio::test]
async fn the_beginning_of_a_body_is_kept_by_every_method() {
    let server = Server::start(Limits::default()).await;
    for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"] {
        let answer =
            ask(&server, &format!("{method} /body HTTP/1.1"), "Content-Length: 4\r\n\r\na\nb\n").await;
        let told = format!("{method} by http as Some(127.0.0.1): b\"a\\nb\\n\" cut: false.");
        assert_answer(&answer, 200, &told);
    }
    let long = ask(&server, "POST /body HTTP/1.1", "Content-Length: 10\r\n\r\n0123456789").await;
    assert_answer(&long, 200, r#"b"01234567" cut: false"#);
    let none = ask(&server, "GET /body HTTP/1.1", "\r\n").await;
    assert_answer(&none, 200, r#"b"" cut: false"#);
}

#[tokio::test]
async fn a_body_comes_in_chunks_or_after_a_word_to_go_on_or_by_an_old_protocol() {
    let server = Server::start(Limits::default()).await;
    let chunks = "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n";
    assert_answer(&ask(&server, "POST /body HTTP/1.1", chunks).await, 200, r#"b"hi!" cut: false"#);
    let mut client = server.connect().await;
    client.send("POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n").await;
    client.until("HTTP/1.1 100 Continue\r\n\r\n").await;
    client.send("hi").await;
    assert_answer(&client.answer().await, 200, r#"b"hi" cut: false"#);
    let offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
    client.send(format!("POST /body HTTP/1.1\r\nHost: x\r\n{offer}Content-Length: 2\r\n\r\nhi")).await;
    assert_answer(&client.answer().await, 200, r#"b"hi" cut: false"#);
    let old = server.ask("POST /body HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi").await;
    assert!(old.starts_with("HTTP/1.0 200 ") && old.ends_with(r#"b"hi" cut: false."#), "{old}");
}

#[tokio::test]
async fn a_connection_stays_after_a_body_that_came_whole() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    for body in ["a", "GET / HTTP/1.1\n\n", ""] {
        let length = body.len();
        client
            .send(format!("POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}"))
            .await;
        assert_answer(&client.answer().await, 200, "cut: false");
    }
}

#[tokio::test]
async fn a_body_that_takes_too_long_is_cut_and_counts() {
    let server = Server::start(Limits { body_timeout: SHORT, ..Limits::default() }).await;
    for rest in ["Content-Length: 90\r\n\r\nbegin", "Transfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n"] {
        let mut client = server.connect().await;
        client.send(format!("POST /body HTTP/1.1\r\nHost: x\r\n{rest}")).await;
        assert_answer(&client.answer().await, 200, r#"b"begin" cut: true"#);
    }
}

#[tokio::test]
async fn a_body_that_drips_gets_no_more_time_than_one_that_stalls() {
    let server = Server::start(Limits { body_timeout: SHORT, ..Limits::default() }).await;
    let (mut reader, mut writer) = server.connect().await.stream.into_split();
    let dripping = tokio::spawn(async move {
        let head = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n";
        writer.write_all(head).await.unwrap();
        while writer.write_all(b"x").await.is_ok() {
            let _ = tokio::time::timeout(SHORT / 10, pending::<()>()).await;
        }
    });
    let mut answer = Vec::new();
    let read = async {
        while !answer.ends_with(b"cut: true.") {
            assert!(0 < reader.read_buf(&mut answer).await.unwrap(), "the server closed without an answer");
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("the server waits for ever");
    dripping.abort();
}

#[tokio::test]
async fn a_body_without_end_is_cut_and_one_that_breaks_off_is_none() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send("POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    for _ in 0..30 {
        client.send(format!("1000\r\n{}\r\n", "x".repeat(0x1000))).await;
    }
    assert_answer(&client.answer().await, 200, r#"b"xxxxxxxx" cut: true"#);
    let wrong = ask(&server, "POST /body HTTP/1.1", "Transfer-Encoding: chunked\r\n\r\nxyz\r\n").await;
    assert_answer(&wrong, 400, "broken");
}

#[tokio::test]
async fn a_trusted_proxy_says_who_pings() {
    let server = Server::start_trusting(Limits::default(), |address| address.is_loopback()).await;
    let lines = "X-Forwarded-For: 2001:DB8:0:0::1\r\nX-Forwarded-Proto: https\r\n\r\n";
    let answer = ask(&server, "GET /body HTTP/1.1", lines).await;
    assert_answer(&answer, 200, "GET by https as Some(2001:db8::1)");
    let forged = Server::start(Limits::default()).await;
    let answer = ask(&forged, "GET /body HTTP/1.1", lines).await;
    assert_answer(&answer, 200, "GET by http as Some(127.0.0.1)");
}
