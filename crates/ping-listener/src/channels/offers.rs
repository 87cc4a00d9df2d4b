//! What a mail server says it can do, in its answer to our greeting.

use super::reply::Reply;

/// What the server says it can do.
#[derive(Default)]
pub struct Offers {
    pub starttls: bool,
    pub utf8: bool,
    pub login: Option<Mechanism>,
    /// Most bytes a mail may have, if the server says so.
    pub bytes_max: Option<usize>,
}

/// The ways to log in that we know; with both on offer the first is taken, which needs no further questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mechanism {
    Plain,
    Login,
}

impl Offers {
    #[must_use]
    pub fn read(reply: &Reply) -> Self {
        let mut offers = Self::default();
        for line in reply.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            // Some old servers write `AUTH=LOGIN`.
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            match words.next() {
                Some("STARTTLS") => offers.starttls = true,
                Some("SMTPUTF8") => offers.utf8 = true,
                Some("SIZE") => {
                    // 0 says that there is no fixed limit.
                    offers.bytes_max =
                        words.next().and_then(|bytes| bytes.parse().ok()).filter(|bytes| 0 < *bytes);
                }
                Some("AUTH") => {
                    let known = words.filter_map(|word| match word {
                        "PLAIN" => Some(Mechanism::Plain),
                        "LOGIN" => Some(Mechanism::Login),
                        _ => None,
                    });
                    offers.login = offers.login.into_iter().chain(known).min();
                }
                Some(_) | None => {}
            }
        }
        offers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_read_in_any_spelling() {
        let lines = ["mail.example.org", "size 1000", "AUTH=LOGIN plain", "StartTLS", "8BITMIME"];
        let offers =
            Offers::read(&Reply { code: 250, lines: lines.iter().map(|&line| line.to_owned()).collect() });
        assert!(offers.starttls && !offers.utf8);
        assert_eq!(offers.login, Some(Mechanism::Plain));
        assert_eq!(offers.bytes_max, Some(1_000));
    }
}
