//! Logging in to a mail server, so that the password shows nowhere but in the encrypted stream.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Login and password for the mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The login, mostly the sender's address.
    pub login: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Credentials").field("login", &self.login).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Returns the one token of AUTH PLAIN.
    pub(super) fn plain_token(&self) -> String {
        STANDARD.encode(format!("\0{}\0{}", self.login, self.password))
    }

    /// Returns the first token of AUTH LOGIN.
    pub(super) fn login_token(&self) -> String {
        STANDARD.encode(&self.login)
    }

    /// Returns the second token of AUTH LOGIN.
    pub(super) fn password_token(&self) -> String {
        STANDARD.encode(&self.password)
    }

    /// Tells whether `words` repeat the password: some servers answer with the command they refuse.
    pub(super) fn show_in(&self, words: &str) -> bool {
        [self.password.clone(), self.password_token(), self.plain_token()]
            .iter()
            .any(|secret| !secret.is_empty() && words.contains(secret.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_recognised_in_each_of_its_forms_and_never_printed() {
        let credentials = Credentials { login: "me".to_owned(), password: "hunter2".to_owned() };
        assert!(credentials.show_in("535 hunter2 is wrong"));
        assert!(credentials.show_in(&format!("535 {}", credentials.plain_token())));
        assert!(credentials.show_in(&format!("535 {}", credentials.password_token())));
        assert!(!credentials.show_in("535 5.7.8 wrong"));
        assert!(!format!("{credentials:?}").contains("hunter2"));
    }
}
