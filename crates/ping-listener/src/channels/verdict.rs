//! What a mail server's answer, or its silence, means for a mail: the one table that decides it.

use domain::retry::Refusal;

use super::reply::Reply;
use super::wire::Fault;
use super::{Phase, SendError};

/// Words with which servers refuse for the number of mails, not for the mail, under a code that says "policy".
const RATE_WORDS: [&str; 5] =
    ["rate limit", "quota exceeded", "limit exceeded", "too many messages", "try again later"];

/// Judges a reply that is not the one hoped for.
#[must_use]
pub fn of_reply(phase: Phase, reply: &Reply) -> SendError {
    SendError::new(refusal_of_reply(phase, reply), phase, &reply.words())
}

/// Judges that there is no reply.
pub(super) fn of_fault(phase: Phase, fault: &Fault) -> SendError {
    let refusal = match (fault, phase) {
        (_, Phase::FinalDot) => Refusal::Ambiguous,
        (Fault::Untrusted(_) | Fault::NotLoopback(_), _) => Refusal::ServerConfig,
        (
            Fault::NoAddress(_) | Fault::Timeout(_) | Fault::Closed | Fault::Broken(_) | Fault::Garbled(_),
            _,
        ) => broken_off(phase),
    };
    SendError::new(refusal, phase, &fault.to_string())
}

fn refusal_of_reply(phase: Phase, reply: &Reply) -> Refusal {
    match (reply.code, phase) {
        // Of the whole server, but said of this mail: it must not keep the server closed to every other one.
        (421 | 530 | 538, Phase::Recipient | Phase::Data | Phase::FinalDot) => Refusal::Soft,
        // The server is about to close.
        (421, _) => Refusal::ServerSoft,
        // "Authentication required", or required encrypted: no mail would fare better.
        (530 | 538, _) => Refusal::ServerConfig,
        (400..500, _) => transient(phase),
        (500..600, _) => permanent(phase, reply),
        // A success where none can be: the two do not understand each other.
        (_, Phase::FinalDot) => Refusal::Ambiguous,
        (_, _) => broken_off(phase),
    }
}

/// Judges a conversation that came to no answer. Once the server has taken the sender this is charged to the mail: a
/// recipient at whom the server always breaks off would else keep it closed to everybody.
fn broken_off(phase: Phase) -> Refusal {
    match phase {
        Phase::Connect
        | Phase::Tls
        | Phase::Greeting
        | Phase::Hello
        | Phase::Authentication
        | Phase::Sender => Refusal::ServerSoft,
        Phase::Recipient | Phase::Data => Refusal::Soft,
        Phase::FinalDot => Refusal::Ambiguous,
    }
}

fn transient(phase: Phase) -> Refusal {
    match phase {
        Phase::Connect | Phase::Greeting | Phase::Hello | Phase::Authentication | Phase::Sender => {
            Refusal::ServerSoft
        }
        // The server has no encryption to offer, and we send nothing without.
        Phase::Tls => Refusal::ServerConfig,
        Phase::Recipient | Phase::Data | Phase::FinalDot => Refusal::Soft,
    }
}

fn permanent(phase: Phase, reply: &Reply) -> Refusal {
    match phase {
        // Also a greeting with 5xx: the server will have nothing to do with us, and asking more often angers it.
        Phase::Connect | Phase::Tls | Phase::Greeting | Phase::Hello | Phase::Authentication => {
            Refusal::ServerConfig
        }
        Phase::Sender if is_too_big(reply) => Refusal::Hard,
        Phase::Sender => Refusal::ServerConfig,
        Phase::Recipient | Phase::Data | Phase::FinalDot if is_about_the_way(reply) => Refusal::Soft,
        Phase::Recipient | Phase::Data | Phase::FinalDot => Refusal::Hard,
    }
}

fn is_too_big(reply: &Reply) -> bool {
    reply.code == 552 || enhanced_code(reply) == Some((3, 4))
}

/// Tells whether a permanent refusal is about routing, the server's system or its quota, not about this mailbox.
fn is_about_the_way(reply: &Reply) -> bool {
    match enhanced_code(reply) {
        Some((3, 4)) => false,
        Some((3 | 4, _)) => true,
        Some((7, _)) => {
            let words = reply.words().to_ascii_lowercase();
            RATE_WORDS.iter().any(|rate| words.contains(rate))
        }
        Some(_) | None => false,
    }
}

/// Returns subject and detail of the enhanced status code (RFC 3463), `(1, 1)` for `550 5.1.1 …`.
fn enhanced_code(reply: &Reply) -> Option<(u16, u16)> {
    let mut numbers = reply.lines.first()?.split_whitespace().next()?.splitn(3, '.');
    let class: u16 = numbers.next()?.parse().ok()?;
    let code = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    (class == 5).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(phase: Phase, words: &str) -> Refusal {
        let (code, text) = words.split_once(' ').unwrap();
        refusal_of_reply(phase, &Reply { code: code.parse().unwrap(), lines: vec![text.to_owned()] })
    }

    #[test]
    fn the_table_of_answers_holds() {
        for (phase, words, refusal) in [
            (Phase::Greeting, "421 busy", Refusal::ServerSoft),
            (Phase::Greeting, "450 busy", Refusal::ServerSoft),
            (Phase::Greeting, "554 go away", Refusal::ServerConfig),
            (Phase::Hello, "451 later", Refusal::ServerSoft),
            (Phase::Hello, "502 what", Refusal::ServerConfig),
            (Phase::Tls, "454 no TLS today", Refusal::ServerConfig),
            (Phase::Authentication, "454 later", Refusal::ServerSoft),
            (Phase::Authentication, "535 5.7.8 wrong", Refusal::ServerConfig),
            (Phase::Sender, "451 later", Refusal::ServerSoft),
            (Phase::Sender, "550 not you", Refusal::ServerConfig),
            (Phase::Sender, "552 5.3.4 too big", Refusal::Hard),
            (Phase::Recipient, "450 greylisted", Refusal::Soft),
            (Phase::Recipient, "452 4.2.2 full", Refusal::Soft),
            (Phase::Sender, "421 closing", Refusal::ServerSoft),
            (Phase::Recipient, "421 closing", Refusal::Soft),
            (Phase::Recipient, "550 5.1.1 no such user", Refusal::Hard),
            (Phase::Recipient, "553 no", Refusal::Hard),
            (Phase::Recipient, "550 5.4.4 no route", Refusal::Soft),
            (Phase::Recipient, "554 5.3.0 system", Refusal::Soft),
            (Phase::Sender, "530 5.7.0 login first", Refusal::ServerConfig),
            (Phase::Recipient, "530 5.7.0 login first", Refusal::Soft),
            (Phase::Recipient, "550 5.7.1 relaying denied", Refusal::Hard),
            (Phase::Recipient, "250 what", Refusal::Soft),
            (Phase::Data, "451 later", Refusal::Soft),
            (Phase::Data, "554 no", Refusal::Hard),
            (Phase::FinalDot, "421 closing", Refusal::Soft),
            (Phase::FinalDot, "451 later", Refusal::Soft),
            (Phase::FinalDot, "554 5.7.1 spam", Refusal::Hard),
            (Phase::FinalDot, "550 5.4.5 daily limit exceeded", Refusal::Soft),
            (Phase::FinalDot, "550 5.7.1 rate limit exceeded", Refusal::Soft),
            (Phase::FinalDot, "552 5.3.4 too big", Refusal::Hard),
            (Phase::FinalDot, "354 more", Refusal::Ambiguous),
        ] {
            assert_eq!(judged(phase, words), refusal, "{phase:?} {words}");
        }
    }

    #[test]
    fn silence_is_ambiguous_only_after_the_dot() {
        let closed = |phase| of_fault(phase, &Fault::Closed).refusal;
        assert_eq!(closed(Phase::Connect), Refusal::ServerSoft);
        assert_eq!(closed(Phase::Sender), Refusal::ServerSoft);
        assert_eq!(closed(Phase::Data), Refusal::Soft);
        assert_eq!(closed(Phase::FinalDot), Refusal::Ambiguous);
        let untrusted = Fault::Untrusted("expired".to_owned());
        assert_eq!(of_fault(Phase::Tls, &untrusted).refusal, Refusal::ServerConfig);
    }
}
