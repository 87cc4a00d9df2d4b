//! Somebody who is signed in, asks for pages, and keeps some of them open.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rig::browser::Browser;
use rig::server::{PATIENCE, TESTING_PASSWORD};

use crate::process::Server;
use crate::spread::Spread;

/// The variable that lets a visitor in.
pub(crate) const PASSWORD: (&str, &str) = ("TESTING_PASSWORD", TESTING_PASSWORD);

/// Somebody who is signed in.
pub(crate) struct Visitor {
    address: SocketAddr,
    cookie: String,
}

/// What came of asking for a page.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) millis: f64,
    pub(crate) text: String,
}

/// A page that is open and hears what is new.
pub(crate) struct OpenPage(TcpStream);

impl Visitor {
    pub(crate) fn sign_in(server: &Server) -> Result<Self> {
        let mut visitor = Self::stranger(server);
        let answer = visitor.post("/sign-in", &format!("password={TESTING_PASSWORD}"))?;
        let cookie = answer.text.lines().find_map(|line| {
            line.to_ascii_lowercase().starts_with("set-cookie: ").then(|| line[12..].to_owned())
        });
        let cookie = cookie.context("a session has a cookie")?;
        cookie.split(';').next().unwrap_or_default().clone_into(&mut visitor.cookie);
        Ok(visitor)
    }

    /// Returns somebody who is not signed in.
    pub(crate) fn stranger(server: &Server) -> Self {
        Self { address: server.address, cookie: String::new() }
    }

    /// Asks for a page; it has to be there.
    pub(crate) fn get(&self, path: &str) -> Result<Answer> {
        let answer = self.ask(&format!("GET {path}"), "")?;
        ensure!(
            answer.text.starts_with("HTTP/1.1 200"),
            "{path}: {}",
            answer.text.lines().next().unwrap_or_default()
        );
        Ok(answer)
    }

    /// Sends a form.
    pub(crate) fn post(&self, path: &str, form: &str) -> Result<Answer> {
        let answer = self.ask(&format!("POST {path}"), form)?;
        ensure!(
            answer.text.starts_with("HTTP/1.1 303"),
            "{path}: {}",
            answer.text.lines().next().unwrap_or_default()
        );
        Ok(answer)
    }

    /// Asks for a page so often, and returns the milliseconds and the bytes that it took.
    pub(crate) fn time(&self, path: &str, times: usize) -> Result<(Spread, usize)> {
        let answers = (0..times).map(|_| self.get(path)).collect::<Result<Vec<_>>>()?;
        let bytes = answers.first().map_or(0, |answer| answer.text.len());
        Ok((Spread::of(answers.iter().map(|answer| answer.millis)), bytes))
    }

    /// Opens a stream of what is new, and reads it to its end.
    pub(crate) fn open(&self, path: &str) -> Result<OpenPage> {
        let mut stream = TcpStream::connect(self.address)?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: {}\r\n\r\n", self.cookie)?;
        let mut reading = stream.try_clone()?;
        thread::spawn(move || std::io::copy(&mut reading, &mut std::io::sink()));
        Ok(OpenPage(stream))
    }

    /// Opens a browser that is signed in, on the page of all checks.
    pub(crate) fn browser(&self) -> Result<Browser> {
        let is_there = Command::new("chromedriver").arg("--version").output().is_ok();
        ensure!(is_there, "a browser is needed: chromium and chromedriver");
        let browser = Browser::start();
        browser.open(&self.url("/"));
        browser.find("#password").type_text(TESTING_PASSWORD);
        browser.find("main form button").click();
        browser.wait_until("document.querySelector('#sentence')", PATIENCE);
        Ok(browser)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn ask(&self, line: &str, form: &str) -> Result<Answer> {
        let mut stream = TcpStream::connect(self.address)?;
        let began = Instant::now();
        write!(
            stream,
            "{line} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nCookie: {cookie}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}",
            address = self.address,
            cookie = self.cookie,
            length = form.len(),
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let millis = began.elapsed().as_secs_f64() * 1e3;
        Ok(Answer { millis, text: String::from_utf8_lossy(&answer).into_owned() })
    }
}

impl Drop for OpenPage {
    fn drop(&mut self) {
        // It may have been closed by the server.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
