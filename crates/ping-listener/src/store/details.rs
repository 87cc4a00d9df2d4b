//! What came with a ping of a managed check, as the log keeps it: its place in the count, who sent it, and its body.
//!
//! A byte says what the ping means and which parts follow; then come its number, the parts, three short texts, and the
//! body up to the end.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::ping::Signal;
use uuid::Uuid;

use super::varint;

/// Characters that are kept of a user agent: Healthchecks' limit, which its users know.
pub const USER_AGENT_CHARACTERS_MAX: usize = 200;

/// Characters that are kept of a method or a scheme: Healthchecks' limit too.
pub const WORD_CHARACTERS_MAX: usize = 10;

/// The bits of the first byte that say what the ping means.
const SIGNAL: u8 = 0b0000_0111;
const HAS_RID: u8 = 0b0000_1000;
const HAS_EXIT_STATUS: u8 = 0b0001_0000;
const HAS_IPV4: u8 = 0b0010_0000;
const HAS_IPV6: u8 = 0b0100_0000;
/// Not in use: whoever sets it means something that this version does not know.
const UNKNOWN: u8 = 0b1000_0000;

/// Each meaning at the place of its number.
const SIGNALS: [Signal; 5] = [Signal::Success, Signal::Start, Signal::Fail, Signal::Log, Signal::Ignored];

/// What came with a ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail<'a> {
    /// Counts the pings of its check from 1.
    pub n: u64,
    /// What it was taken for.
    pub signal: Signal,
    /// The run that it belongs to, if its client says so.
    pub rid: Option<Uuid>,
    /// How a program ended, if its client says so.
    pub exit_status: Option<u8>,
    /// How it came: `http`, `https`.
    pub scheme: &'a str,
    /// Where it came from, if that is known.
    pub remote_addr: Option<IpAddr>,
    /// The method of its request.
    pub method: &'a str,
    /// What its client calls itself.
    pub user_agent: &'a str,
    /// What it had to say, cut off where the limit is; empty if it said nothing.
    pub body: &'a [u8],
}

impl<'a> Detail<'a> {
    /// Appends it; of texts that are too long only the beginning.
    pub fn put(&self, out: &mut Vec<u8>) {
        out.push(self.first_byte());
        varint::put(out, self.n);
        out.extend(self.rid.iter().flat_map(|rid| *rid.as_bytes()));
        out.extend(self.exit_status);
        match self.remote_addr {
            Some(IpAddr::V4(address)) => out.extend(address.octets()),
            Some(IpAddr::V6(address)) => out.extend(address.octets()),
            None => {}
        }
        put_text(out, self.scheme, WORD_CHARACTERS_MAX);
        put_text(out, self.method, WORD_CHARACTERS_MAX);
        put_text(out, self.user_agent, USER_AGENT_CHARACTERS_MAX);
        out.extend(self.body);
    }

    /// Reads what [`Self::put`] wrote, or returns `None` if it is damaged.
    #[must_use]
    pub fn read(record: &'a [u8]) -> Option<Self> {
        let (&first, mut input) = record.split_first()?;
        let has = |part| first & part != 0;
        if has(UNKNOWN) || has(HAS_IPV4) && has(HAS_IPV6) {
            return None;
        }
        let signal = *SIGNALS.get(usize::from(first & SIGNAL))?;
        let n = varint::take(&mut input).filter(|&n| 0 < n)?;
        let mut rid = None;
        if has(HAS_RID) {
            rid = Some(Uuid::from_bytes(*take_array(&mut input)?));
        }
        let mut exit_status = None;
        if has(HAS_EXIT_STATUS) {
            let [status] = *take_array(&mut input)?;
            exit_status = Some(status);
        }
        let mut remote_addr = None;
        if has(HAS_IPV4) {
            remote_addr = Some(Ipv4Addr::from(*take_array::<4>(&mut input)?).into());
        }
        if has(HAS_IPV6) {
            remote_addr = Some(Ipv6Addr::from(*take_array::<16>(&mut input)?).into());
        }
        let (scheme, method) = (take_text(&mut input)?, take_text(&mut input)?);
        let user_agent = take_text(&mut input)?;
        Some(Self { n, signal, rid, exit_status, scheme, remote_addr, method, user_agent, body: input })
    }

    fn first_byte(&self) -> u8 {
        let signal = match self.signal {
            Signal::Success => 0,
            Signal::Start => 1,
            Signal::Fail => 2,
            Signal::Log => 3,
            Signal::Ignored => 4,
        };
        let address = match self.remote_addr {
            Some(IpAddr::V4(_)) => HAS_IPV4,
            Some(IpAddr::V6(_)) => HAS_IPV6,
            None => 0,
        };
        let flag = |is_there: bool, flag| if is_there { flag } else { 0 };
        signal
            | flag(self.rid.is_some(), HAS_RID)
            | flag(self.exit_status.is_some(), HAS_EXIT_STATUS)
            | address
    }
}

fn put_text(out: &mut Vec<u8>, text: &str, characters_max: usize) {
    let end = text.char_indices().nth(characters_max).map_or(text.len(), |(end, _)| end);
    let kept = &text.as_bytes()[..end];
    varint::put(out, kept.len() as u64);
    out.extend(kept);
}

fn take_text<'a>(input: &mut &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(varint::take_bytes(input)?).ok()
}

fn take_array<'a, const LENGTH: usize>(input: &mut &'a [u8]) -> Option<&'a [u8; LENGTH]> {
    let (array, rest) = input.split_first_chunk()?;
    *input = rest;
    Some(array)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What any detail is made of.
    #[derive(Clone, Debug)]
    pub(in crate::store) struct Parts {
        n: u64,
        signal: Signal,
        rid: Option<u128>,
        exit_status: Option<u8>,
        remote_addr: Option<IpAddr>,
        texts: (String, String, String),
        body: Vec<u8>,
    }

    impl Parts {
        pub(in crate::store) fn detail(&self) -> Detail<'_> {
            Detail {
                n: self.n,
                signal: self.signal,
                rid: self.rid.map(Uuid::from_u128),
                exit_status: self.exit_status,
                scheme: &self.texts.0,
                remote_addr: self.remote_addr,
                method: &self.texts.1,
                user_agent: &self.texts.2,
                body: &self.body,
            }
        }
    }

    pub(in crate::store) fn any_parts() -> impl Strategy<Value = Parts> {
        let texts = ("\\PC{0,10}", "\\PC{0,10}", "\\PC{0,200}");
        let numbers = (1..u64::MAX, prop::sample::select(SIGNALS.to_vec()), any::<Option<u8>>());
        (numbers, any::<Option<u128>>(), any::<Option<IpAddr>>(), texts, any::<Vec<u8>>()).prop_map(
            |((n, signal, exit_status), rid, remote_addr, texts, body)| Parts {
                n,
                signal,
                rid,
                exit_status,
                remote_addr,
                texts,
                body,
            },
        )
    }

    proptest! {
        #[test]
        fn a_detail_reads_back_as_it_was_written(parts in any_parts()) {
            let mut record = Vec::new();
            parts.detail().put(&mut record);
            prop_assert_eq!(Detail::read(&record), Some(parts.detail()));
        }

        #[test]
        fn a_damaged_detail_never_panics(bytes: Vec<u8>) {
            if let Some(detail) = Detail::read(&bytes) {
                prop_assert!(0 < detail.n);
            }
        }

        #[test]
        fn a_detail_that_is_cut_off_before_its_body_is_damage(parts in any_parts(), cut in 0.0..1.0) {
            let mut record = Vec::new();
            Detail { body: &[], ..parts.detail() }.put(&mut record);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length")]
            #[expect(clippy::cast_precision_loss, reason = "a short length")]
            let left = (record.len() as f64 * cut) as usize;
            prop_assert_eq!(Detail::read(&record[..left]), None);
        }
    }

    #[test]
    fn texts_are_cut_off_after_so_many_characters() {
        let long = "ä".repeat(300);
        let detail = Detail {
            n: 1,
            signal: Signal::Success,
            rid: None,
            exit_status: None,
            scheme: &long,
            remote_addr: None,
            method: "PROPPATCHES",
            user_agent: &long,
            body: b"",
        };
        let mut record = Vec::new();
        detail.put(&mut record);
        let read = Detail::read(&record).unwrap();
        assert_eq!(read.scheme, "ä".repeat(10));
        assert_eq!(read.method, "PROPPATCHE");
        assert_eq!(read.user_agent, "ä".repeat(200));
    }

    #[test]
    fn what_this_version_does_not_know_is_damage() {
        let whole = [HAS_IPV4, 1, 127, 0, 0, 1, 0, 0, 0];
        assert!(Detail::read(&whole).is_some());
        let text_of_no_language = [0, 1, 0, 0, 1, 0xFF];
        for damaged in [
            &[UNKNOWN, 1, 0, 0, 0][..],
            &[5, 1, 0, 0, 0],
            &[0, 0, 0, 0, 0],
            &[HAS_IPV4 | HAS_IPV6, 1, 127, 0, 0, 1, 0, 0, 0],
            &text_of_no_language,
        ] {
            assert_eq!(Detail::read(damaged), None, "{damaged:?}");
        }
    }
}
