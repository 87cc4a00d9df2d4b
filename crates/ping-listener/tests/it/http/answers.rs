//! What a caller gets for a ping or a page, and that one request never harms the next.

use ping_listener::http::Limits;

use super::{Server, assert_answer};

#[tokio::test]
async fn a_ping_is_answered_lean_and_the_connection_stays() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    for method in ["GET", "POST", "GET"] {
        client.send(format!("{method} /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        let answer = client.until("taken").await;
        assert_answer(&answer, 200, "taken");
        assert!(!answer.contains("content-security-policy"), "{answer}");
    }
    client.send("HEAD /ping?username=a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let answer = client.rest().await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n"), "{answer}");
    assert!(answer.contains("content-length: 5\r\n"), "{answer}");
}

#[tokio::test]
async fn a_body_never_makes_a_ping_wait_or_fail() {
    let server = Server::start(Limits::default()).await;
    let slow = "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nbegin";
    let endless = "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n";
    let polite =
        "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    for request in [slow, endless, polite] {
        let mut client = server.connect().await;
        client.send(request).await;
        assert_answer(&client.until("taken").await, 200, "taken");
    }
}

#[tokio::test]
async fn a_client_that_sends_megabytes_before_it_reads_gets_its_answer() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send("POST /ping?username=a HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n").await;
    client.send(vec![b'x'; 90_000]).await;
    assert_answer(&client.rest().await, 200, "taken");
}

#[tokio::test]
async fn a_small_body_leaves_the_connection_open() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        let request = "POST /ping?username=a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\na\nb\n";
        client.send(request).await;
        assert_answer(&client.until("taken").await, 200, "taken");
    }
}

#[tokio::test]
async fn a_panic_ends_one_request_and_nothing_else() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    for path in ["/ping?username=panic", "/panic"] {
        client.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        assert_answer(&client.until("says more.").await, 500, "failed");
    }
    client.send("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n").await;
    client.until("taken").await;
}

#[tokio::test]
async fn pages_carry_the_headers_that_protect_their_readers() {
    let server = Server::start_trusting(Limits::default(), |address| address.is_loopback()).await;
    let plain = server.ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    for header in [
        "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n",
        "x-content-type-options: nosniff\r\n",
        "referrer-policy: no-referrer\r\n",
        "cross-origin-opener-policy: same-origin\r\n",
        "cross-origin-resource-policy: same-origin\r\n",
        "permissions-policy: ",
        "cache-control: no-store\r\n",
    ] {
        assert!(plain.contains(header), "{header:?} is not in {plain}");
    }
    assert!(!plain.contains("strict-transport-security"), "{plain}");
    let tls = "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n";
    assert!(server.ask(tls).await.contains("strict-transport-security: max-age=31536000\r\n"));
}
