//! What a message says: its URL's word, or that of the keywords in its text.

use crate::ping::Signal;

/// Words to look for in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keywords(Box<[Box<str>]>);

impl Keywords {
    /// Reads words that are separated by commas; space around them and empty ones drop out.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self(text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(Box::from).collect())
    }

    /// Tells whether a text has one of the words in it; capitals count.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        self.0.iter().any(|word| text.contains(&**word))
    }
}

/// Which messages of a check count, and as what.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only POST requests count.
    pub is_post_only: bool,
    /// Keywords are looked for in the subjects of mails.
    pub subject: bool,
    /// Keywords are looked for in the bodies of mails.
    pub body: bool,
    /// Keywords are looked for in the bodies of requests.
    pub http_body: bool,
    /// What has no keyword is a failure, and not passed over.
    pub default_fail: bool,
    /// Words of a run's start.
    pub start: Keywords,
    /// Words of a success.
    pub success: Keywords,
    /// Words of a failure.
    pub failure: Keywords,
}

impl Filter {
    /// Tells what a request says whose URL says `url_signal`; `body` is what is kept of its body.
    #[must_use]
    pub fn classify(&self, is_post: bool, url_signal: Signal, body: &[u8]) -> Signal {
        if self.is_post_only && !is_post {
            Signal::Ignored
        } else if self.http_body {
            self.look_for_keywords(&String::from_utf8_lossy(body))
        } else {
            url_signal
        }
    }

    fn look_for_keywords(&self, text: &str) -> Signal {
        if self.failure.are_in(text) {
            Signal::Fail
        } else if self.success.are_in(text) {
            Signal::Success
        } else if self.start.are_in(text) {
            Signal::Start
        } else if self.default_fail {
            Signal::Fail
        } else {
            Signal::Ignored
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: [Signal; 4] = [Signal::Success, Signal::Start, Signal::Fail, Signal::Log];

    fn keywords() -> Filter {
        Filter {
            http_body: true,
            start: Keywords::read("BEGIN"),
            success: Keywords::read("ok, done ,,"),
            failure: Keywords::read(" error , ERR "),
            ..Filter::default()
        }
    }

    #[test]
    fn without_a_filter_the_url_says_it() {
        let filter = Filter { subject: true, body: true, default_fail: true, ..keywords() };
        for url_signal in SAID {
            let filter = Filter { http_body: false, ..filter.clone() };
            assert_eq!(filter.classify(false, url_signal, b"error \xff"), url_signal);
        }
    }

    #[test]
    fn a_request_of_another_method_is_passed_over_whatever_it_says() {
        let filter = Filter { is_post_only: true, ..keywords() };
        for url_signal in SAID {
            assert_eq!(filter.classify(false, url_signal, b"error"), Signal::Ignored);
            assert_eq!(filter.classify(true, url_signal, b"error"), Signal::Fail);
        }
    }

    #[test]
    fn keywords_go_before_the_url_a_failure_first() {
        let rows: [(&[u8], Signal); 9] = [
            (b"BEGIN ok error", Signal::Fail),
            (b"BEGIN all done", Signal::Success),
            (b"xBEGINx", Signal::Start),
            (b"OK begin Error", Signal::Ignored),
            (b"", Signal::Ignored),
            (b"\xff\xfe ok", Signal::Success),
            (b"o\xffk", Signal::Ignored),
            (b"ERR", Signal::Fail),
            (b" , ", Signal::Ignored),
        ];
        for (body, said) in rows {
            for url_signal in SAID {
                assert_eq!(keywords().classify(true, url_signal, body), said, "{body:?}");
            }
        }
        let strict = Filter { default_fail: true, ..keywords() };
        assert_eq!(strict.classify(true, Signal::Success, b"nothing"), Signal::Fail);
    }

    #[test]
    fn no_keyword_is_in_no_text() {
        assert!(!Keywords::read(" , ,").are_in("any text, with a comma"));
    }
}
