//! Sessions that end while pages are open: nothing goes on by them.

use std::io::{Read, Write};
use std::net::TcpStream;

use http::Method;
use ping_listener::http::routes::Policy;
use ping_listener::web;
use rig::caller::connect;

use super::{World, is_live, routes};
use crate::attacks::Table;

/// Row 9: a session that has ended opens nothing, and closes every page that is kept true by it.
pub(super) fn end_sessions(world: &World, table: &mut Table) {
    for (path, others) in [("/sign-out", 200), ("/sign-out/everywhere", 401)] {
        let (one, other) = (world.server.sign_in(), world.server.sign_in());
        let mut open = live(world, &one);
        let answer = world.strangers.post(&world.server, path, &one, "");
        table.expect(9, path, "303", answer.status);
        table.judge(
            13,
            &format!("{path}: the cookie"),
            "taken away",
            (
                answer.header("set-cookie").unwrap_or_default(),
                answer.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")),
            ),
        );
        closed(&mut open, table, path);
        for route in routes(&Method::GET).iter().filter(|route| route.policy == Policy::SignedIn) {
            let status = world.ask("GET", &world.filled(route.path), &one, "").status;
            table.expect(9, &format!("{} after {path}", route.path), "401", status);
        }
        table.expect(
            9,
            &format!("another session after {path}"),
            &others.to_string(),
            world.ask("GET", "/mails", &other, "").status,
        );
    }
}

/// Opens the stream of every page that is kept true.
pub(super) fn live(world: &World, session: &str) -> Vec<(String, TcpStream)> {
    let paths = web::routes().filter(is_live).map(|route| world.filled(route.path));
    let open = |path: String| {
        let mut stream = open_live(world, &path, session);
        assert!(head_of(&mut stream).starts_with("HTTP/1.1 200"), "{path}");
        (path, stream)
    };
    paths.map(open).collect()
}

pub(super) fn closed(open: &mut Vec<(String, TcpStream)>, table: &mut Table, when: &str) {
    assert!(2 <= open.len(), "a page is kept true");
    for (path, mut stream) in open.drain(..) {
        let mut rest = Vec::new();
        let end =
            stream.read_to_end(&mut rest).map_or_else(|error| error.to_string(), |_| "closed".to_owned());
        table.expect(9, &format!("the stream {path} {when}"), "closed", end);
    }
}

pub(super) fn open_live(world: &World, path: &str, session: &str) -> TcpStream {
    let mut stream = connect(world.server.address()).unwrap();
    let host = world.server.address();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{session}\r\n").unwrap();
    stream
}

/// Reads the head of an answer that has no end.
pub(super) fn head_of(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}
