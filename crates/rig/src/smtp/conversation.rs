//! The test server's side of one connection.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ping_listener::channels::email::Security;

use super::behaviour::{Act, At, Behaviour};
use super::stream::{Stream, Wire, end, wait_for_bytes};
use super::{LOGIN, PASSWORD, Received, Shared};
use crate::server::now;

/// Talks to one client until it leaves, or until the orders say so.
pub(super) fn hold(shared: &Arc<Shared>, tcp: TcpStream, number: usize, own: Option<Behaviour>) {
    let socket = tcp.try_clone().expect("a socket can be cloned");
    let wire = Wire { tcp, shared: Arc::clone(shared), number };
    let mut conversation = Conversation {
        shared: Arc::clone(shared),
        own,
        socket,
        number,
        stream: Stream::Plain(wire),
        unread: Vec::new(),
        login: None,
        mail: None,
        mails: 0,
    };
    // An error is a client that left, or orders to leave.
    let outcome = conversation.run();
    let is_reset = outcome.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset);
    end(&conversation.socket, is_reset);
    shared.leave(number);
}

struct Conversation {
    shared: Arc<Shared>,
    own: Option<Behaviour>,
    socket: TcpStream,
    number: usize,
    stream: Stream,
    unread: Vec<u8>,
    login: Option<String>,
    mail: Option<Received>,
    mails: usize,
}

impl Conversation {
    fn run(&mut self) -> io::Result<()> {
        if let Some(orders) = self.behaviour().act(&At::Connect) {
            self.obey(Some(&orders), "")?;
        }
        if self.shared.security == Security::Tls {
            self.encrypt()?;
        }
        if self.behaviour().connections_max.is_some_and(|most| most < self.shared.lock().open.len()) {
            return self.say("421 4.7.0 too many connections");
        }
        self.answer(&At::Greeting, "220 localhost ESMTP tests")?;
        loop {
            if 0 < self.mails
                && let Some(orders) = self.behaviour().act(&At::Idle)
            {
                self.obey(Some(&orders), "")?;
            }
            let line = self.line()?;
            self.shared.lock().lines.push(line.clone());
            self.shared.changed.notify_all();
            if 510 < line.len() {
                self.say("500 5.5.2 line too long")?;
                continue;
            }
            let (verb, rest) = line.split_at(line.find(' ').unwrap_or(line.len()));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => self.hello(rest)?,
                "HELO" => self.say("250 localhost")?,
                "STARTTLS" => self.start_tls()?,
                "AUTH" => self.authenticate(rest.trim())?,
                "MAIL" => self.sender(rest)?,
                "RCPT" => self.recipient(rest)?,
                "DATA" => self.data()?,
                "RSET" => {
                    self.mail = None;
                    self.say("250 2.0.0 forgotten")?;
                }
                "NOOP" => self.say("250 2.0.0 ok")?,
                "QUIT" => return self.answer(&At::Quit, "221 2.0.0 bye").map(drop),
                _ => self.say("500 5.5.1 unknown command")?,
            }
        }
    }

    fn hello(&mut self, name: &str) -> io::Result<()> {
        let behaviour = self.behaviour();
        if behaviour.is_old {
            return self.say("502 5.5.1 unknown command");
        }
        if name.trim().is_empty() {
            return self.say("501 5.5.4 who are you");
        }
        let mut lines = vec!["localhost".to_owned()];
        lines.extend(behaviour.offers.iter().map(|&offer| offer.to_owned()));
        if behaviour.offers_starttls && self.shared.security == Security::StartTls && !self.is_encrypted() {
            lines.push("STARTTLS".to_owned());
        }
        if self.wants_login() {
            lines.push(format!("AUTH {}", behaviour.logins));
        }
        let last = lines.len() - 1;
        let reply: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(index, line)| format!("250{}{line}", if index == last { ' ' } else { '-' }))
            .collect();
        self.answer(&At::Hello, &reply.join("\r\n"))?;
        Ok(())
    }

    fn start_tls(&mut self) -> io::Result<()> {
        if self.shared.security != Security::StartTls || self.is_encrypted() {
            return self.say("503 5.5.1 not here");
        }
        if self.answer(&At::StartTls, "220 2.0.0 go ahead")? { self.encrypt() } else { Ok(()) }
    }

    fn authenticate(&mut self, rest: &str) -> io::Result<()> {
        if !self.wants_login() {
            return self.say("503 5.5.1 not here");
        }
        let given = match rest.split_once(' ') {
            Some(("PLAIN", token)) => {
                let plain = decoded(token);
                let mut parts = plain.split('\0').skip(1).map(str::to_owned);
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
            }
            None if rest == "LOGIN" => {
                self.say("334 VXNlcm5hbWU6")?;
                let login = self.line()?;
                self.say("334 UGFzc3dvcmQ6")?;
                (decoded(&login), decoded(&self.line()?))
            }
            Some(_) | None => return self.say("504 5.5.4 unknown mechanism"),
        };
        if given != (LOGIN.to_owned(), PASSWORD.to_owned()) {
            return self.say("535 5.7.8 login or password is wrong");
        }
        if self.answer(&At::Authentication, "235 2.7.0 welcome")? {
            self.login = Some(given.0);
        }
        Ok(())
    }

    fn sender(&mut self, rest: &str) -> io::Result<()> {
        let began = now();
        if self.behaviour().mails_per_connection.is_some_and(|most| most <= self.mails) {
            self.say("421 4.7.0 enough for one connection")?;
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        if self.wants_login() && self.login.is_none() {
            return self.say("530 5.7.0 login first");
        }
        let Some((from, parameters)) = path(rest, " FROM:<") else { return self.say("501 5.5.4 what?") };
        if self.answer(&At::Sender, "250 2.1.0 ok")? {
            self.mail = Some(Received {
                began,
                from,
                parameters,
                recipients: Vec::new(),
                raw: Vec::new(),
                login: self.login.clone(),
                is_encrypted: self.is_encrypted(),
            });
        }
        Ok(())
    }

    fn recipient(&mut self, rest: &str) -> io::Result<()> {
        let Some((recipient, _)) = path(rest, " TO:<") else { return self.say("501 5.5.4 what?") };
        if self.mail.is_none() {
            return self.say("503 5.5.1 MAIL first");
        }
        let orders = self.behaviour().act_for_recipient(&recipient);
        if self.obey(orders.as_ref(), "250 2.1.5 ok")?
            && let Some(mail) = &mut self.mail
        {
            mail.recipients.push(recipient);
        }
        Ok(())
    }

    fn data(&mut self) -> io::Result<()> {
        if self.mail.as_ref().is_none_or(|mail| mail.recipients.is_empty()) {
            return self.say("503 5.5.1 RCPT first");
        }
        let recipients = self.mail.as_ref().map(|mail| mail.recipients.clone()).unwrap_or_default();
        let orders = self.behaviour().act_for_mail(&recipients);
        if !self.obey(orders.as_ref(), "354 end with a dot")? {
            return Ok(());
        }
        let raw = self.body()?;
        let Some(mut mail) = self.mail.take() else { return Ok(()) };
        self.mails += 1;
        if self.behaviour().is_strict
            && let Err(reason) = strictly(&raw)
        {
            return self.say(&format!("550 5.6.0 {reason}"));
        }
        mail.raw = raw;
        let orders = self.behaviour().act_after_dot(&mail.recipients);
        match orders {
            // Stored first: whoever hears the 250, or waits for the mail, finds it there.
            None
            | Some(
                Act::AcceptAfter(_)
                | Act::Trickle(_)
                | Act::AcceptAndVanish
                | Act::LongLine(_)
                | Act::Endless,
            ) => {
                self.store(mail);
                self.obey(orders.as_ref(), "250 2.0.0 taken").map(drop)
            }
            Some(Act::Stall) => {
                self.shared.stall(&self.socket, self.number)?;
                self.store(mail);
                self.say("250 2.0.0 taken")
            }
            Some(Act::Answer(_) | Act::Bytes(_) | Act::Vanish | Act::Reset) => {
                self.obey(orders.as_ref(), "250 2.0.0 taken").map(drop)
            }
        }
    }

    fn store(&self, mail: Received) {
        self.shared.lock().mails.push(mail);
        self.shared.changed.notify_all();
    }

    /// Reads the mail up to its dot, and takes the doubled dots back.
    fn body(&mut self) -> io::Result<Vec<u8>> {
        let recipients = self.mail.as_ref().map(|mail| mail.recipients.clone()).unwrap_or_default();
        let mut raw = Vec::new();
        loop {
            let line = self.raw_line()?;
            if line == b".\r\n" {
                return Ok(raw);
            }
            raw.extend_from_slice(if line.starts_with(b".") { &line[1..] } else { &line });
            if let Some(orders) = self.behaviour().act_in_body(&recipients, raw.len()) {
                self.obey(Some(&orders), "250 2.0.0 taken")?;
            }
        }
    }

    fn behaviour(&self) -> Behaviour {
        self.own.clone().unwrap_or_else(|| self.shared.lock().behaviour.clone())
    }

    fn is_encrypted(&self) -> bool {
        matches!(self.stream, Stream::Encrypted(_))
    }

    fn wants_login(&self) -> bool {
        self.is_encrypted() && !self.behaviour().logins.is_empty()
    }

    /// Says `usual`, or does what the orders for this point are. Returns whether the client was told `usual`.
    fn answer(&mut self, at: &At, usual: &str) -> io::Result<bool> {
        let orders = self.behaviour().act(at);
        self.obey(orders.as_ref(), usual)
    }

    fn obey(&mut self, orders: Option<&Act>, usual: &str) -> io::Result<bool> {
        match orders {
            None => self.say(usual).map(|()| true),
            Some(Act::Answer(words)) => {
                self.say(words)?;
                if words.starts_with("421") {
                    Err(io::ErrorKind::ConnectionAborted.into())
                } else {
                    Ok(false)
                }
            }
            Some(Act::AcceptAfter(words)) => self.say(words).map(|()| true),
            Some(Act::Stall) => {
                self.shared.stall(&self.socket, self.number)?;
                self.say(usual).map(|()| true)
            }
            Some(Act::Vanish | Act::AcceptAndVanish) => Err(io::ErrorKind::ConnectionAborted.into()),
            Some(Act::Reset) => Err(io::ErrorKind::ConnectionReset.into()),
            Some(Act::Bytes(bytes)) => self.write(bytes).map(|()| false),
            Some(Act::LongLine(bytes)) => {
                let text = "x".repeat(bytes.saturating_sub(4));
                self.say(&format!("{} {text}", &usual[..3])).map(|()| true)
            }
            Some(Act::Trickle(moment)) => {
                for byte in format!("{usual}\r\n").bytes() {
                    self.write(&[byte])?;
                    if !self.shared.pause(*moment) {
                        return Err(io::ErrorKind::ConnectionAborted.into());
                    }
                }
                Ok(true)
            }
            Some(Act::Endless) => loop {
                // Ends when the client has had enough and closes.
                self.write(&[b'2'; 4_096])?;
            },
        }
    }

    fn say(&mut self, words: &str) -> io::Result<()> {
        self.write(format!("{words}\r\n").as_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = self.stream.as_io()?;
        stream.write_all(bytes)?;
        stream.flush()
    }

    fn encrypt(&mut self) -> io::Result<()> {
        if let Some(orders) = self.behaviour().act(&At::Handshake) {
            wait_for_bytes(&self.socket)?;
            self.obey(Some(&orders), "")?;
        }
        let config = self.shared.certificates.server(self.shared.lock().certificate);
        self.stream.encrypt(config)?;
        self.unread.clear();
        Ok(())
    }

    fn line(&mut self) -> io::Result<String> {
        let line = self.raw_line()?;
        Ok(String::from_utf8_lossy(line.trim_ascii_end()).into_owned())
    }

    fn raw_line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                return Ok(self.unread.drain(..=end).collect());
            }
            let mut some = [0; 4_096];
            let count = self.stream.as_io()?.read(&mut some)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.unread.extend_from_slice(&some[..count]);
        }
    }
}

fn decoded(token: &str) -> String {
    STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Splits ` FROM:<a@b> SIZE=1` into the address and what follows it.
fn path(rest: &str, keyword: &str) -> Option<(String, Vec<String>)> {
    if !rest.get(..keyword.len())?.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let (address, parameters) = rest[keyword.len()..].split_once('>')?;
    Some((address.to_owned(), parameters.split_whitespace().map(str::to_owned).collect()))
}

/// Looks for what strict servers refuse.
fn strictly(raw: &[u8]) -> Result<(), String> {
    if !raw.is_ascii() || raw.contains(&0) {
        return Err("bytes that are not 7-bit text".to_owned());
    }
    let text = String::from_utf8_lossy(raw);
    for line in text.split_inclusive('\n') {
        let Some(line) = line.strip_suffix("\r\n") else { return Err("a bare line feed".to_owned()) };
        if line.contains('\r') {
            return Err("a bare carriage return".to_owned());
        }
        if 998 < line.len() {
            return Err("a line of more than 998 bytes".to_owned());
        }
    }
    let head = text.split("\r\n\r\n").next().unwrap_or_default().to_ascii_lowercase();
    for name in ["date:", "from:", "message-id:", "to:", "subject:", "mime-version:"] {
        let count = head.split("\r\n").filter(|line| line.starts_with(name)).count();
        if count != 1 {
            return Err(format!("{count} headers {name}"));
        }
    }
    Ok(())
}
