//! A mail server in every kind of trouble: what it accepted arrives once and whole, what it refused is tried again or
//! shown, nobody waits for anybody else, and no password goes out in plain text.

mod mails;
mod modes;
mod outages;
mod story;

use std::collections::BTreeSet;
use std::thread;

use modes::{Place, modes};
use story::{Scenario, tell};
use tokio::runtime::{Builder, Runtime};

/// Fewer would not be every kind of trouble.
const MODES_MIN: usize = 50;

#[test]
fn the_table_has_every_kind_of_trouble_under_a_name_of_its_own() {
    let names: BTreeSet<&str> = modes().iter().map(|mode| mode.name).collect();
    assert_eq!(names.len(), modes().len());
    assert!(MODES_MIN <= names.len(), "{}", names.len());
}

#[test]
fn a_server_that_cannot_be_reached_loses_no_mail_and_doubles_none() {
    hold(Place::Connection);
}

#[test]
fn a_server_that_cannot_be_trusted_gets_no_mail_and_no_password() {
    hold(Place::Encryption);
}

#[test]
fn a_server_that_does_not_want_to_talk_loses_no_mail_and_doubles_none() {
    hold(Place::Greeting);
}

#[test]
fn a_server_that_refuses_the_login_loses_no_mail_and_doubles_none() {
    hold(Place::Login);
}

#[test]
fn a_server_that_refuses_the_sender_loses_no_mail_and_doubles_none() {
    hold(Place::Sender);
}

#[test]
fn a_recipient_in_any_trouble_is_tried_again_or_shown_and_delays_nobody() {
    hold(Place::Recipient);
}

#[test]
fn a_mail_that_does_not_get_through_is_tried_again_or_shown_and_delays_nobody() {
    hold(Place::Data);
}

#[test]
fn a_mail_whose_end_is_refused_or_lost_goes_out_again_under_the_same_name() {
    hold(Place::Dot);
}

#[test]
fn a_server_with_few_words_and_little_patience_gets_every_mail() {
    hold(Place::Session);
}

/// Tells the four stories of each mode at one place of the conversation, and prints what came of them.
#[expect(clippy::print_stdout, reason = "the table is for whoever runs the tests")]
fn hold(place: Place) {
    let mut failed = Vec::new();
    println!(
        "| mode | first alert | reminder | three recipients | restart |\n| --- | --- | --- | --- | --- |"
    );
    for mode in modes().into_iter().filter(|mode| mode.place == place) {
        let stories = Scenario::ALL.map(|scenario| {
            let mode = mode.clone();
            (scenario, thread::spawn(move || runtime().block_on(tell(mode, scenario))))
        });
        let mut cells = Vec::new();
        for (scenario, story) in stories {
            cells.push(story.join().unwrap_or_else(|_| {
                failed.push((mode.name, scenario));
                "FAILED".to_owned()
            }));
        }
        println!("| {} | {} |", mode.name, cells.join(" | "));
    }
    assert!(failed.is_empty(), "{failed:?}");
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}
