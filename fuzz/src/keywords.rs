//! Keywords and slugs: texts of owners and clients are compared as the contract says, whatever is in them.

use domain::managed::filter::{Filter, Keywords};
use domain::ping::Signal;
use domain::slug::{is_slug, slugify};

use crate::input::Input;

const SIGNALS: [Signal; 4] = [Signal::Success, Signal::Start, Signal::Fail, Signal::Log];

/// Reads the first byte as switches, three lines as keywords, and the rest as a body.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let switches = input.byte();
    let is_on = |bit: u8| switches & 1 << bit != 0;
    let url = SIGNALS[usize::from(switches >> 6)];
    let [start, success, failure] = [input.text(), input.text(), input.text()];
    let body = input.rest();
    let filter = Filter {
        is_post_only: is_on(0),
        http_body: is_on(1),
        default_fail: is_on(2),
        start: Keywords::read(&start),
        success: Keywords::read(&success),
        failure: Keywords::read(&failure),
        ..Filter::default()
    };
    let text = String::from_utf8_lossy(body);
    let has =
        |words: &str| words.split(',').any(|word| !word.trim().is_empty() && text.contains(word.trim()));
    let expected = match () {
        () if is_on(0) && !is_on(3) => Signal::Ignored,
        () if !is_on(1) => url,
        () if has(&failure) => Signal::Fail,
        () if has(&success) => Signal::Success,
        () if has(&start) => Signal::Start,
        () if is_on(2) => Signal::Fail,
        () => Signal::Ignored,
    };
    assert_eq!(filter.classify(is_on(3), url, body), expected);

    let slug = slugify(&text);
    assert!(is_slug(&slug), "{text:?} became {slug:?}");
    assert_eq!(slugify(&slug), slug, "a slug is its own slug");
}
