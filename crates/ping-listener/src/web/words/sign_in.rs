//! Signing in and out.

pub(crate) const TITLE: &str = "Sign in";
pub(crate) const PROMPT_BEFORE: &str = "Enter the testing password: the value of";
pub(crate) const PROMPT_AFTER: &str = "on the server.";
pub(crate) const VARIABLE: &str = "TESTING_PASSWORD";
pub(crate) const VARIABLE_FILE: &str = "TESTING_PASSWORD_FILE";
pub(crate) const PASSWORD: &str = "Password";
pub(crate) const BUTTON: &str = "Sign in";
pub(crate) const BY_LINK: &str = "This link signs you in once.";
pub(crate) const WRONG_LINK: &str =
    "This link was used already, or is older than ten minutes. Use the password.";
pub(crate) const WRONG_PASSWORD: &str = "That is not the testing password.";
pub(crate) const TOO_LONG: &str = "The password is too long; it may have 1024 bytes.";
pub(crate) const TOO_MANY: &str =
    "Too many wrong passwords came from your address; wait as long as the header Retry-After says.";
pub(crate) const NO_PASSWORD_TITLE: &str = "No password is set";
pub(crate) const NO_PASSWORD: &str = "These pages open with a password, and the server has none.";
pub(crate) const NO_PASSWORD_SET: &str = "Set the environment variable";
pub(crate) const NO_PASSWORD_OR: &str = "or";
pub(crate) const NO_PASSWORD_FILE: &str =
    "with the path of a file that holds it, and start the server again.";
pub(crate) const NOTHING_ELSE: &str = "Nothing else is affected: pings are taken, and alerts are sent.";
