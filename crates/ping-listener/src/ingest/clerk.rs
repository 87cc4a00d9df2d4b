//! The clerk: says at which second a ping was taken, and writes each second down only once.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::http::answer::write_plain;

/// Writes seconds, and keeps the last one: all pings of a second get the same answer.
pub(super) struct Clerk {
    zone: TimeZone,
    latest: ArcSwap<Second>,
}

/// One second as clients read it.
pub(super) struct Second {
    number: i64,
    /// In the local time zone.
    pub(super) words: Bytes,
    /// The whole answer to a ping, as it goes over the wire.
    pub(super) answer: Vec<u8>,
}

impl Clerk {
    pub(super) fn new(zone: TimeZone) -> Self {
        let latest = ArcSwap::from_pointee(Second::write(Timestamp::UNIX_EPOCH, &zone));
        Self { zone, latest }
    }

    pub(super) fn second_of(&self, at: Timestamp) -> Guard<Arc<Second>> {
        let latest = self.latest.load();
        if latest.number == number(at) {
            return latest;
        }
        let second = Arc::new(Second::write(at, &self.zone));
        self.latest.store(second.clone());
        Guard::from_inner(second)
    }
}

impl Second {
    fn write(at: Timestamp, zone: &TimeZone) -> Self {
        let words = at.to_zoned(zone.clone()).strftime("%y/%m/%d %H:%M:%S").to_string();
        let date = format!("date: {}\r\n", date(at));
        let mut answer = Vec::new();
        write_plain(&mut answer, StatusCode::OK, &date, &words);
        Self { number: number(at), words: words.into(), answer }
    }
}

/// Writes an instant as headers tell it.
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Numbers the second that an instant lies in, on either side of the epoch.
pub(super) fn number(at: Timestamp) -> i64 {
    at.as_microsecond().div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(clerk: &Clerk, micros: i64) -> String {
        let at = Timestamp::from_microsecond(micros).unwrap();
        String::from_utf8(clerk.second_of(at).answer.clone()).unwrap()
    }

    #[test]
    fn an_answer_tells_its_own_second_whichever_was_told_before() {
        let clerk = Clerk::new(TimeZone::fixed(jiff::tz::offset(2)));
        let first = 1_794_848_707_000_000;
        for (micros, words) in [
            (first, "26/11/16 19:05:07"),
            (first + 999_999, "26/11/16 19:05:07"),
            (first + 1_000_000, "26/11/16 19:05:08"),
            (first - 1, "26/11/16 19:05:06"),
            (-1, "70/01/01 01:59:59"),
            (0, "70/01/01 02:00:00"),
        ] {
            let answer = answer(&clerk, micros);
            assert!(answer.ends_with(&format!("\r\n\r\n{words}")), "{micros}: {answer}");
        }
    }

    #[test]
    fn an_answer_is_a_whole_one_with_the_date_of_the_world() {
        let clerk = Clerk::new(TimeZone::fixed(jiff::tz::offset(2)));
        assert_eq!(
            answer(&clerk, 1_794_848_707_000_000),
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 17\r\n\
             date: Mon, 16 Nov 2026 17:05:07 GMT\r\n\r\n26/11/16 19:05:07"
        );
    }
}
