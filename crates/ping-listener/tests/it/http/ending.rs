//! The server ends: whoever waits for an answer gets it, and nobody can hold it up.

use ping_listener::http::Limits;
use tokio::net::TcpStream;

use super::{PATIENCE, SHORT, Server, assert_answer};

#[tokio::test]
async fn at_the_end_requests_in_flight_are_answered_and_idle_connections_closed() {
    let server = Server::start(Limits::default()).await;
    let mut idle = server.connect().await;
    idle.send("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n").await;
    idle.until("taken").await;
    let mut fresh = server.connect().await;
    let mut busy = server.connect().await;
    busy.send("GET /ping?username=slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    // The server has read it once a later one is answered.
    idle.send("GET /ping?username=a HTTP/1.1\r\nHost: x\r\n\r\n").await;
    idle.until("taken").await;
    server.stop.send(true).unwrap();
    assert_eq!(idle.rest().await, "");
    assert_eq!(fresh.rest().await, "");
    server.gate.add_permits(1);
    let last = busy.rest().await;
    assert_answer(&last, 200, "taken late");
    assert!(last.contains("\r\nconnection: close\r\n"), "{last}");
    tokio::time::timeout(PATIENCE, server.served).await.expect("the server does not end").unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_request_that_does_not_finish_does_not_keep_the_server_from_ending() {
    let server = Server::start(Limits { drain_timeout: SHORT, ..Limits::default() }).await;
    let mut busy = server.connect().await;
    busy.send("GET /ping?username=slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(server.ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.contains("a page"));
    server.stop.send(true).unwrap();
    tokio::time::timeout(PATIENCE, server.served).await.expect("the server does not end").unwrap();
    assert_eq!(busy.rest().await, "");
}
