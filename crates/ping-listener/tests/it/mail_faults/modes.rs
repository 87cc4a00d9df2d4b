//! Every way in which a mail server can be in trouble, and what has to come of it: one table.

use std::time::Duration;

use ping_listener::channels::email::{Deadlines, Security};
use rig::smtp::{Act, At, Behaviour, Certificate};

/// The recipient whom a fault hits, where it can choose.
pub(super) const HIT: &str = "b@example.org";

/// Where in the conversation a fault lies; each has its test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Connection,
    Encryption,
    Greeting,
    Login,
    Sender,
    Recipient,
    Data,
    Dot,
    Session,
}

/// What is wrong.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// Nobody listens on the port.
    Away,
    /// The server's name has no address.
    Nameless,
    /// The server shows this certificate.
    Shows(Certificate),
    /// The server does this.
    Does(Box<Behaviour>),
}

/// What has to come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing is lost by it: the mail is accepted once while the fault lasts.
    Accepted,
    /// The server answers late, but within the deadline: accepted once, when it answers.
    AcceptedLate,
    /// Charged to the server: no try is counted, health says so, and a probe comes within minutes.
    Server,
    /// The same, but for a person to mend: a probe each quarter of an hour.
    Config,
    /// Charged to the mail, which is tried again.
    PutOff,
    /// Refused for good: a first alert after three tries, a reminder after one; shown, and to be sent again.
    GivenUp,
    /// Nobody knows, and the server kept it: at most once more, with the same Message-ID.
    Twice,
}

/// A way to be in trouble.
#[derive(Clone, Debug)]
pub(super) struct Mode {
    pub(super) name: &'static str,
    pub(super) place: Place,
    pub(super) security: Security,
    pub(super) fault: Fault,
    pub(super) fate: Fate,
    /// How long the program waits in the phase that stalls; elsewhere as long as always.
    pub(super) deadlines: Deadlines,
}

impl Mode {
    /// Tells whether the fault can choose whom it hits, so that it may last while others are served.
    pub(super) fn can_choose(&self) -> bool {
        match self.place {
            Place::Recipient | Place::Data | Place::Dot => true,
            Place::Connection
            | Place::Encryption
            | Place::Greeting
            | Place::Login
            | Place::Sender
            | Place::Session => false,
        }
    }

    fn starttls(self) -> Self {
        Self { security: Security::StartTls, ..self }
    }

    fn hasty(mut self, choose: impl FnOnce(&mut Deadlines) -> &mut Duration) -> Self {
        *choose(&mut self.deadlines) = HASTE;
        self
    }
}

/// How long a phase is waited for that stalls, in real time.
const HASTE: Duration = Duration::from_millis(400);

/// Between two bytes of a reply that is too slow for its deadline.
const SLOWLY: Act = Act::Trickle(Duration::from_millis(60));

/// More than any server has to say.
const TEN_MEGABYTES: usize = 10_000_000;

/// Returns all of them.
pub(super) fn modes() -> Vec<Mode> {
    [connection(), encryption(), greeting(), login(), sender(), recipient(), data(), dot(), session()]
        .concat()
}

fn mode(place: Place, name: &'static str, fate: Fate, fault: Fault) -> Mode {
    Mode { name, place, security: Security::Tls, fault, fate, deadlines: Deadlines::default() }
}

fn at(place: Place, name: &'static str, fate: Fate, (at, act): (At, Act)) -> Mode {
    mode(place, name, fate, Fault::Does(Box::new(Behaviour::at(at, act).only_to(HIT))))
}

fn connection() -> Vec<Mode> {
    use Act::{Bytes, Reset, Stall, Vanish};
    let on = |name, fate, act| at(Place::Connection, name, fate, (At::Connect, act));
    vec![
        mode(Place::Connection, "connection refused", Fate::Server, Fault::Away),
        mode(Place::Connection, "name without an address", Fate::Server, Fault::Nameless),
        on("accepted and silent", Fate::Server, Stall).hasty(|limits| &mut limits.tls),
        on("accepted and closed", Fate::Server, Vanish),
        on("accepted and reset", Fate::Server, Reset),
        on("plain text on the port for TLS", Fate::Config, Bytes(b"220 localhost ESMTP\r\n")),
    ]
}

fn encryption() -> Vec<Mode> {
    use Act::{AcceptAfter, Answer, Reset, Stall, Vanish};
    let on = |name, fate, at_and_act| at(Place::Encryption, name, fate, at_and_act);
    let shows = |name, certificate| mode(Place::Encryption, name, Fate::Config, Fault::Shows(certificate));
    let without = Behaviour { offers_starttls: false, ..Behaviour::default() };
    // Somebody on the way takes the offer out and waits for the password.
    let stripped = Behaviour { offers: vec!["8BITMIME", "AUTH PLAIN LOGIN"], ..without.clone() };
    let lured = Behaviour { offers: stripped.offers.clone(), ..Behaviour::default() }
        .and_at(At::StartTls, Answer("454 4.7.0 not today"));
    let injected = AcceptAfter("220 2.0.0 go ahead\r\n250 AUTH PLAIN");
    vec![
        shows("certificate expired", Certificate::Expired),
        shows("certificate for another host", Certificate::WrongHost),
        shows("certificate signed by itself", Certificate::SelfSigned),
        shows("STARTTLS, certificate expired", Certificate::Expired).starttls(),
        shows("STARTTLS, certificate for another host", Certificate::WrongHost).starttls(),
        shows("STARTTLS, certificate signed by itself", Certificate::SelfSigned).starttls(),
        on("handshake closed", Fate::Server, (At::Handshake, Vanish)),
        on("handshake reset", Fate::Server, (At::Handshake, Reset)),
        on("handshake stalls", Fate::Server, (At::Handshake, Stall)).hasty(|limits| &mut limits.tls),
        mode(Place::Encryption, "STARTTLS not offered", Fate::Config, Fault::Does(Box::new(without)))
            .starttls(),
        mode(
            Place::Encryption,
            "STARTTLS stripped, AUTH offered",
            Fate::Config,
            Fault::Does(Box::new(stripped)),
        )
        .starttls(),
        mode(Place::Encryption, "STARTTLS 454, AUTH offered", Fate::Config, Fault::Does(Box::new(lured)))
            .starttls(),
        on("STARTTLS 454", Fate::Config, (At::StartTls, Answer("454 4.7.0 not today"))).starttls(),
        on("STARTTLS 502", Fate::Config, (At::StartTls, Answer("502 5.5.1 unknown"))).starttls(),
        on("STARTTLS closed", Fate::Server, (At::StartTls, Vanish)).starttls(),
        on("STARTTLS, handshake reset", Fate::Server, (At::Handshake, Reset)).starttls(),
        on("STARTTLS with a second reply slipped in", Fate::Accepted, (At::StartTls, injected)).starttls(),
        on("STARTTLS, EHLO closed", Fate::Server, (At::Hello, Vanish)).starttls(),
    ]
}

fn greeting() -> Vec<Mode> {
    use Act::{AcceptAfter, Answer, Bytes, LongLine, Stall, Vanish};
    let on = |name, fate, act| at(Place::Greeting, name, fate, (At::Greeting, act));
    let hello = |name, fate, act| at(Place::Greeting, name, fate, (At::Hello, act));
    let old = Behaviour { is_old: true, ..Behaviour::default() };
    vec![
        on("greeting late", Fate::AcceptedLate, Stall),
        on("greeting never", Fate::Server, Stall).hasty(|limits| &mut limits.greeting),
        on("greeting a byte at a time", Fate::Server, SLOWLY).hasty(|limits| &mut limits.greeting),
        on("greeting 421", Fate::Server, Answer("421 4.3.2 shutting down")),
        on("greeting 554", Fate::Config, Answer("554 5.7.1 go away")),
        on("greeting closed", Fate::Server, Vanish),
        on(
            "greeting of several lines",
            Fate::Accepted,
            AcceptAfter("220-localhost\r\n220-has much\r\n220 to say"),
        ),
        on("greeting binary", Fate::Server, Bytes(b"\x00\xff\xfe\x16\x03\x01\r\n")),
        on("greeting out of range", Fate::Server, Answer("999 what")),
        on("greeting of 10 MB", Fate::Server, LongLine(TEN_MEGABYTES)),
        on("greeting with a reply too early", Fate::Server, AcceptAfter("220 hello\r\n250 and hello again")),
        hello("EHLO 421", Fate::Server, Answer("421 4.3.2 busy")),
        hello("EHLO 451", Fate::Server, Answer("451 4.3.0 busy")),
        hello("EHLO 550", Fate::Config, Answer("550 5.7.1 not you")),
        hello("EHLO closed", Fate::Server, Vanish),
        hello("EHLO silent", Fate::Server, Stall).hasty(|limits| &mut limits.command),
        hello("EHLO with two codes", Fate::Server, Answer("250-localhost\r\n550 AUTH PLAIN")),
        mode(
            Place::Greeting,
            "EHLO 502, only HELO, and so no login",
            Fate::Config,
            Fault::Does(Box::new(old)),
        ),
    ]
}

fn login() -> Vec<Mode> {
    use Act::{Answer, Stall, Vanish};
    let on = |name, fate, act| at(Place::Login, name, fate, (At::Authentication, act));
    let offers = |logins| Fault::Does(Box::new(Behaviour { logins, ..Behaviour::default() }));
    vec![
        on("AUTH 535", Fate::Config, Answer("535 5.7.8 wrong password")),
        on("AUTH 454", Fate::Server, Answer("454 4.7.0 try later")),
        on("AUTH 421", Fate::Server, Answer("421 4.7.0 too many logins")),
        on("AUTH 530", Fate::Config, Answer("530 5.7.0 encryption needed")),
        on("AUTH closed", Fate::Server, Vanish),
        on("AUTH silent", Fate::Server, Stall).hasty(|limits| &mut limits.command),
        mode(Place::Login, "AUTH not offered", Fate::Config, offers("")),
        mode(Place::Login, "AUTH by LOGIN only", Fate::Accepted, offers("GSSAPI LOGIN")),
    ]
}

fn sender() -> Vec<Mode> {
    use Act::{Answer, Stall, Vanish};
    let on = |name, fate, act| at(Place::Sender, name, fate, (At::Sender, act));
    vec![
        on("MAIL 451", Fate::Server, Answer("451 4.3.0 not now")),
        on("MAIL 550", Fate::Config, Answer("550 5.7.1 not your address")),
        on("MAIL 421", Fate::Server, Answer("421 4.3.2 shutting down")),
        on("MAIL 354", Fate::Server, Answer("354 go on")),
        on("MAIL closed", Fate::Server, Vanish),
        on("MAIL silent", Fate::Server, Stall).hasty(|limits| &mut limits.command),
    ]
}

fn recipient() -> Vec<Mode> {
    use Act::{AcceptAfter, Answer, Reset, Stall, Vanish};
    let on = |name, fate, act| at(Place::Recipient, name, fate, (At::Recipient(HIT), act));
    vec![
        on("RCPT 251", Fate::Accepted, AcceptAfter("251 2.1.5 will forward")),
        on("RCPT 450, a greylist", Fate::PutOff, Answer("450 4.7.1 greylisted")),
        on("RCPT 451", Fate::PutOff, Answer("451 4.3.0 not now")),
        on("RCPT 452", Fate::PutOff, Answer("452 4.2.2 mailbox full")),
        on("RCPT 550", Fate::GivenUp, Answer("550 5.1.1 no such user")),
        on("RCPT 551", Fate::GivenUp, Answer("551 5.1.6 moved away")),
        on("RCPT 553", Fate::GivenUp, Answer("553 5.1.3 no such name")),
        on("RCPT 5.4.4", Fate::PutOff, Answer("550 5.4.4 no route to host")),
        on("RCPT 5.4.1", Fate::PutOff, Answer("550 5.4.1 relay away")),
        on("RCPT 421", Fate::PutOff, Answer("421 4.7.28 too many for this one")),
        on("RCPT 530", Fate::PutOff, Answer("530 5.7.0 log in first")),
        on("RCPT closed", Fate::PutOff, Vanish),
        on("RCPT reset", Fate::PutOff, Reset),
        on("RCPT silent", Fate::PutOff, Stall).hasty(|limits| &mut limits.command),
        on("RCPT without a code", Fate::PutOff, Answer("what?")),
    ]
}

fn data() -> Vec<Mode> {
    use Act::{Answer, Reset, Stall, Vanish};
    let on = |name, fate, act| at(Place::Data, name, fate, (At::Data, act));
    let inside = |name, bytes, act| at(Place::Data, name, Fate::PutOff, (At::Body(bytes), act));
    vec![
        on("DATA 354 late", Fate::AcceptedLate, Stall),
        on("DATA silent", Fate::PutOff, Stall).hasty(|limits| &mut limits.data),
        on("DATA 451", Fate::PutOff, Answer("451 4.3.0 not now")),
        on("DATA 421", Fate::PutOff, Answer("421 4.3.2 shutting down")),
        on("DATA 554", Fate::GivenUp, Answer("554 5.6.0 no valid recipients")),
        on("DATA 250", Fate::PutOff, Answer("250 2.0.0 taken, believe me")),
        on("DATA closed", Fate::PutOff, Vanish),
        on("DATA reset", Fate::PutOff, Reset),
        inside("closed at byte 0", 0, Vanish),
        inside("closed at byte 700", 700, Vanish),
        inside("reset at byte 0", 0, Reset),
        inside("reset at byte 700", 700, Reset),
    ]
}

fn dot() -> Vec<Mode> {
    use Act::{AcceptAfter, AcceptAndVanish, Answer, Bytes, LongLine, Reset, Stall, Vanish};
    let on = |name, fate, act| at(Place::Dot, name, fate, (At::DotTo(HIT), act));
    vec![
        on("dot 451", Fate::PutOff, Answer("451 4.3.0 not now")),
        on("dot 452", Fate::PutOff, Answer("452 4.2.2 mailbox full")),
        on("dot 421", Fate::PutOff, Answer("421 4.3.2 shutting down")),
        on("dot 552", Fate::GivenUp, Answer("552 5.2.2 mailbox full for ever")),
        on("dot 554", Fate::GivenUp, Answer("554 5.7.1 looks like spam")),
        on("dot 550, for the rate", Fate::PutOff, Answer("550 5.7.1 rate limit, try again later")),
        on("dot answered late", Fate::AcceptedLate, Stall),
        on("dot silent", Fate::PutOff, Stall).hasty(|limits| &mut limits.final_dot),
        on("dot closed", Fate::PutOff, Vanish),
        on("dot reset", Fate::PutOff, Reset),
        on("dot 354", Fate::PutOff, Answer("354 more")),
        on("dot binary", Fate::PutOff, Bytes(b"\xff\x00\x01\r\n")),
        on("dot 250 in several lines", Fate::Accepted, AcceptAfter("250-2.0.0 taken\r\n250 2.0.0 indeed")),
        on("dot 250 a byte at a time", Fate::Accepted, Act::Trickle(Duration::from_millis(2))),
        on("dot 250 with a reply too early", Fate::Accepted, AcceptAfter("250 2.0.0 taken\r\n250 ok")),
        on("dot 250, but closed before it is read", Fate::Twice, AcceptAndVanish),
        on("dot 250 in a line of 10 MB", Fate::Twice, LongLine(TEN_MEGABYTES)),
        on("dot 250 without a line end", Fate::Twice, AcceptAfter("250-2.0.0 taken"))
            .hasty(|limits| &mut limits.final_dot),
    ]
}

fn session() -> Vec<Mode> {
    let on = |name, behaviour| mode(Place::Session, name, Fate::Accepted, Fault::Does(Box::new(behaviour)));
    let offering = |offers| Behaviour { offers, ..Behaviour::default() };
    let small = mode(
        Place::Session,
        "SIZE smaller than the mail",
        Fate::GivenUp,
        Fault::Does(Box::new(offering(vec!["SIZE 100"]))),
    );
    vec![
        on("QUIT silent", Behaviour::at(At::Quit, Act::Stall)).hasty(|limits| &mut limits.quit),
        on("QUIT closed", Behaviour::at(At::Quit, Act::Vanish)),
        on("closed when idle", Behaviour::at(At::Idle, Act::Vanish)),
        on("one mail a connection", Behaviour { mails_per_connection: Some(1), ..Behaviour::default() }),
        on("three connections at most", Behaviour { connections_max: Some(3), ..Behaviour::default() }),
        on("no 8BITMIME", offering(vec!["PIPELINING", "SIZE", "SMTPUTF8"])),
        on("no SMTPUTF8", offering(vec!["PIPELINING", "SIZE", "8BITMIME"])),
        on("no PIPELINING", offering(vec!["SIZE", "8BITMIME", "SMTPUTF8"])),
        on("no extension at all", offering(vec![])),
        on("strict: long lines, bare line ends, missing headers", Behaviour::strict()),
        small,
    ]
}
