//! What is too long, ambiguous, unknown or too much is refused in words that say why.

use ping_listener::http::Limits;

use super::{Server, assert_answer};

#[tokio::test]
async fn what_is_too_long_or_too_large_is_refused_in_words() {
    let server = Server::start(Limits::default()).await;
    let long = "a".repeat(9_000);
    for path in ["/ping?username=", "/"] {
        let request = format!("GET {path}{long} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_answer(&server.ask(request).await, 414, "8192 bytes");
    }
    let longer = "a".repeat(64 * 1024);
    assert_answer(&server.ask(format!("GET /{longer} HTTP/1.1\r\nHost: x\r\n\r\n")).await, 414, "8192");
    let heavy = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {longer}\r\n\r\n");
    assert_answer(&server.ask(heavy).await, 431, "16384 bytes");
    let many = "X: y\r\n".repeat(200);
    assert_answer(&server.ask(format!("GET / HTTP/1.1\r\n{many}\r\n")).await, 431, "100 headers");
    let large = format!("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", 10 << 20);
    assert_answer(&server.ask(large).await, 413, "65536 bytes");
}

#[tokio::test]
async fn an_endless_body_of_a_page_is_refused_at_the_limit() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    for _ in 0..20 {
        client.send(format!("1000\r\n{}\r\n", "x".repeat(0x1000))).await;
    }
    assert_answer(&client.rest().await, 413, "65536 bytes");
}

#[tokio::test]
async fn a_compressed_body_is_not_inflated() {
    let server = Server::start(Limits::default()).await;
    let request = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc";
    assert_answer(&server.ask(request).await, 415, "Compressed");
}

#[tokio::test]
async fn what_could_be_read_in_two_ways_is_refused_and_the_connection_closed() {
    let server = Server::start(Limits::default()).await;
    let both = "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let twice =
        "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc";
    let strange = "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n";
    let bare = "GET /ping?username=a HTTP/1.1\nHost: x\n\n";
    let nonsense = "\x16\x03\x01 hello\r\n\r\n";
    for request in [both, twice, strange, bare, nonsense] {
        assert_answer(&server.ask(request).await, 400, "");
    }
    let follower = format!("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n{both}");
    let answer = server.ask(follower).await;
    assert!(answer.contains("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn nothing_is_believed_that_follows_a_chunked_body() {
    let server = Server::start(Limits::default()).await;
    for path in ["/ping?username=a", "/echo"] {
        let chunked = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
        );
        for hidden in ["GET / HTTP/1.1\nHost: x\n\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"] {
            let answer = server.ask(format!("{chunked}{hidden}")).await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
            assert!(answer.contains("connection: close\r\n"), "{answer}");
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        }
    }
}

#[tokio::test]
async fn unknown_methods_are_refused_everywhere() {
    let server = Server::start(Limits::default()).await;
    for method in ["TRACE", "CONNECT", "DELETE", "BREW"] {
        for path in ["/ping?username=a", "/"] {
            let target = if method == "CONNECT" { "example.org:80" } else { path };
            let request = format!("{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            let answer = server.ask(request).await;
            assert_answer(&answer, 405, "use GET, HEAD, POST");
            assert!(answer.contains("allow: GET, HEAD, POST\r\n"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_flood_of_unknown_names_is_slowed_and_right_pings_are_not() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    let mut limited = 0;
    // Ten a second are let through, so that a slow machine needs more of them.
    for nth in 0..3_000 {
        client.send(format!("GET /ping?username=nobody{nth} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        let answer = client.answer().await;
        if answer.contains("HTTP/1.1 429 ") {
            limited += 1;
            assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
        } else {
            assert!(answer.contains("HTTP/1.1 404 "), "{answer}");
        }
        client.send("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(client.until("taken").await.contains("HTTP/1.1 200 "));
        if limited == 100 {
            return;
        }
    }
    panic!("only {limited} were told to wait");
}

#[tokio::test]
async fn a_trusted_proxys_clients_are_slowed_one_by_one() {
    let server = Server::start_trusting(Limits::default(), |address| address.is_loopback()).await;
    let mut client = server.connect().await;
    let ask = |name: &str| format!("GET /no HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {name}\r\n\r\n");
    let mut is_slowed = false;
    for _ in 0..3_000 {
        client.send(ask("9.9.9.9, 192.0.2.1")).await;
        is_slowed = client.answer().await.contains("HTTP/1.1 429 ");
        if is_slowed {
            break;
        }
    }
    assert!(is_slowed, "nobody was told to wait");
    client.send(ask("192.0.2.1, 192.0.2.2")).await;
    assert!(client.answer().await.contains("HTTP/1.1 404 "));
}
