//! A program of its own that asks the server, and may be told nothing: one request on a connection, and its answer.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect as connect_socket, socket_with};

/// Longer than any answer takes on a busy machine, so that a hang fails a test instead of stopping it.
const ANSWER_MAX: Duration = Duration::from_mins(1);

/// What the server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// The head, as it came.
    pub head: String,
    pub body: String,
}

impl Answer {
    /// Returns the value of a header, or `None` if there is none of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Opens a connection on which nothing waits for ever.
pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, ANSWER_MAX)?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    stream.set_write_timeout(Some(ANSWER_MAX))?;
    Ok(stream)
}

/// Opens a connection from another address of this machine: all of 127.0.0.0/8 is.
pub fn connect_from(source: Ipv4Addr, address: SocketAddr) -> io::Result<TcpStream> {
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&socket, &SocketAddrV4::new(source, 0))?;
    connect_socket(&socket, &address)?;
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    stream.set_write_timeout(Some(ANSWER_MAX))?;
    Ok(stream)
}

/// Sends bytes as they are and returns all that comes back until the server closes.
pub fn exchange(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<String> {
    // The server may close before it has all; what it said counts.
    let _ = stream.write_all(bytes);
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw)?;
    Ok(String::from_utf8_lossy(&raw).into_owned())
}

/// Sends a request and reads its answer; `path` begins with a slash, `headers` are whole lines with their line ends.
pub fn ask(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> io::Result<Answer> {
    ask_by(&mut connect(address)?, method, path, headers, body)
}

/// Sends a GET as most programs write it, which leaves the connection open, and reads its answer.
pub fn ask_plainly(address: SocketAddr, path: &str, headers: &str) -> io::Result<Answer> {
    let mut stream = connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n")?;
    let (mut raw, mut part) = (Vec::new(), [0; 4_096]);
    loop {
        match parse(&raw, true) {
            Ok(answer) => return Ok(answer),
            Err(cut) => match stream.read(&mut part)? {
                0 => return Err(cut),
                length => raw.extend_from_slice(&part[..length]),
            },
        }
    }
}

/// The same on a connection that the answer ends.
pub fn ask_by(
    stream: &mut TcpStream,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> io::Result<Answer> {
    let address = stream.peer_addr()?;
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )?;
    read(stream, method != "HEAD")
}

/// Reads the answer that ends with its connection.
pub fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
    read(stream, true)
}

fn read(stream: &mut TcpStream, has_body: bool) -> io::Result<Answer> {
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw)?;
    parse(&raw, has_body)
}

fn parse(raw: &[u8], has_body: bool) -> io::Result<Answer> {
    let text = String::from_utf8_lossy(raw);
    let cut = || io::Error::new(io::ErrorKind::UnexpectedEof, format!("the answer was cut off: {text:?}"));
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut)?;
    let status = head.get(9..12).and_then(|digits| digits.parse().ok()).ok_or_else(cut)?;
    let answer = Answer { status, head: head.to_owned(), body: body.to_owned() };
    let expected = answer.header("content-length").and_then(|length| length.parse().ok());
    if has_body && expected.is_some_and(|length: usize| body.len() < length) {
        return Err(cut());
    }
    Ok(answer)
}
