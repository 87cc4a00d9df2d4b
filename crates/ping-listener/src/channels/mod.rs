//! Where notifications go: the channels, and the words in which each tells how a mail fared.

pub mod email;
mod handover;
pub mod login;
pub mod offers;
pub mod reply;
pub mod session;
mod smtp;
mod tls;
pub mod verdict;
pub mod wire;

use std::fmt;

use domain::retry::Refusal;

/// Longest answer that is kept, in characters: enough for what servers write, and short enough for a page.
const ANSWER_CHARACTERS_MAX: usize = 300;

/// A mail was taken over by the mail server, which answers for it from here on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The server's words, on one line.
    pub answer: String,
}

/// A mail was not taken over, or nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{phase}: {answer}")]
pub struct SendError {
    /// What to do next.
    pub refusal: Refusal,
    /// How far it came.
    pub phase: Phase,
    /// The server's words or the local reason: one line without control characters, never a password.
    pub answer: String,
}

impl SendError {
    pub(crate) fn new(refusal: Refusal, phase: Phase, answer: &str) -> Self {
        Self { refusal, phase, answer: one_line(answer) }
    }
}

/// The steps of sending a mail, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Finding the server's address and reaching it.
    Connect,
    /// Agreeing on encryption, and the server's certificate.
    Tls,
    /// The server's first words.
    Greeting,
    /// Who we are, and what the server offers.
    Hello,
    /// Login and password.
    Authentication,
    /// Who the mail is from.
    Sender,
    /// Who it is to.
    Recipient,
    /// The mail itself, up to its end.
    Data,
    /// The dot that ends it, and the answer that makes it the server's.
    FinalDot,
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Connect => "connecting to the mail server",
            Self::Tls => "encrypting the connection",
            Self::Greeting => "waiting for the mail server's greeting",
            Self::Hello => "greeting the mail server",
            Self::Authentication => "logging in",
            Self::Sender => "naming the sender",
            Self::Recipient => "naming the recipient",
            Self::Data => "sending the mail",
            Self::FinalDot => "handing the mail over",
        })
    }
}

fn one_line(text: &str) -> String {
    let spaced = text.replace(char::is_control, " ");
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(ANSWER_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_one_short_line() {
        let error = SendError::new(Refusal::Hard, Phase::Recipient, "550 no\r\n such\x1b[31m user");
        assert_eq!(error.to_string(), "naming the recipient: 550 no such [31m user");
        assert_eq!(one_line(&"ü".repeat(400)).chars().count(), ANSWER_CHARACTERS_MAX + 1);
    }
}
