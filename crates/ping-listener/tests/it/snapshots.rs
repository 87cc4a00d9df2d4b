//! Pages and mails as people get them: each is compared with a text beside it that somebody has read and accepted.

mod checks;
mod forms;
mod list;
mod mails;
mod readable;
mod server;
mod town;

use rig::client::Answer;

use super::person::Person;
use readable::Readable;

/// Compares a text with the accepted one of this name, `snapshots/NAME.snap`.
fn assert_same(name: &str, text: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Compares an answer: its status if it is no success, and its page without what every page has.
fn assert_answer(name: &str, readable: &mut Readable, answer: &Answer) {
    let status = if answer.status == 200 { String::new() } else { format!("status {}\n", answer.status) };
    assert_same(name, &readable.page(&format!("{status}{}", answer.body)));
}

impl Person {
    /// Compares a page.
    async fn assert_page(&self, name: &str, readable: &mut Readable, target: &str) {
        assert_answer(name, readable, &self.get(target).await);
    }
}
