//! The ping log's format: one batch of pings, as it is appended at each commit.
//!
//! A batch is a version byte, the first ping's time, the wall clock's offset, and then for each ping its check and the
//! time since the ping before: about six bytes. A ping of a managed check has its index there, and behind it, with its
//! length, what came with it.

use domain::id::CheckId;
use domain::time::Timestamp;

use super::details::Detail;
use super::loading::Volume;
use super::varint;

const VERSION: u8 = 1;

/// Set in a ping's first number when it is of a managed check, and what came with it follows.
const HAS_DETAIL: u64 = 1;

/// Checks and indexes above stand for none: from here on numbers are those of managed checks.
const MANAGED_FROM: u32 = 1 << 31;

/// Memory that is kept from one batch to the next: as much as a full batch of plain pings takes, and some more.
const BYTES_KEPT: usize = 1 << 20;

/// Writes one batch.
#[derive(Default)]
pub struct BatchWriter {
    payload: Vec<u8>,
    /// Where a detail is made before its length is known.
    detail: Vec<u8>,
    pings: u64,
    last: Option<Timestamp>,
}

impl BatchWriter {
    /// Appends a ping of a declared check. Pings come in the order of their stamps, because they are stamped as they
    /// queue.
    pub fn push(&mut self, check: CheckId, at: Timestamp, wall_offset_micros: i64) {
        self.put(u64::from(check.number()) << 1, at, wall_offset_micros);
    }

    /// Appends a ping of the managed check with this index, and what came with it.
    pub fn push_detail(&mut self, index: u32, at: Timestamp, wall_offset_micros: i64, detail: &Detail<'_>) {
        self.put(u64::from(index) << 1 | HAS_DETAIL, at, wall_offset_micros);
        self.detail.clear();
        detail.put(&mut self.detail);
        varint::put(&mut self.payload, self.detail.len() as u64);
        self.payload.extend(&self.detail);
    }

    /// Tells how much the batch is.
    pub(super) fn volume(&self) -> Volume {
        Volume { pings: self.pings, bytes: self.payload.len() as u64 }
    }

    fn put(&mut self, head: u64, at: Timestamp, wall_offset_micros: i64) {
        let last = *self.last.get_or_insert_with(|| {
            self.payload.push(VERSION);
            varint::put_signed(&mut self.payload, at.as_micros());
            varint::put_signed(&mut self.payload, wall_offset_micros);
            at
        });
        varint::put(&mut self.payload, head);
        varint::put_signed(&mut self.payload, at.as_micros() - last.as_micros());
        self.last = Some(at);
        self.pings += 1;
    }

    /// Returns the batch, or `None` if nothing was written.
    #[must_use]
    pub fn finish(&self) -> Option<&[u8]> {
        self.last.map(|_| &self.payload[..])
    }

    /// Begins a new batch in the same memory.
    pub fn clear(&mut self) {
        self.payload.clear();
        self.payload.shrink_to(BYTES_KEPT);
        self.detail.clear();
        self.detail.shrink_to(BYTES_KEPT);
        self.pings = 0;
        self.last = None;
    }
}

/// One ping of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoggedPing<'a> {
    pub check: CheckId,
    pub at: Timestamp,
    pub wall_micros: i64,
    /// What came with it, if its check is a managed one.
    pub detail: Option<Detail<'a>>,
}

/// Calls `each` for every ping of a batch; returns `None` if the batch is damaged.
pub fn read_batch<'a>(payload: &'a [u8], mut each: impl FnMut(LoggedPing<'a>)) -> Option<()> {
    let (&version, mut input) = payload.split_first()?;
    if version != VERSION {
        return None;
    }
    let mut at = varint::take_signed(&mut input)?;
    let wall_offset = varint::take_signed(&mut input)?;
    while !input.is_empty() {
        let head = varint::take(&mut input)?;
        at = at.checked_add(varint::take_signed(&mut input)?)?;
        let number = u32::try_from(head >> 1).ok().filter(|number| (1..MANAGED_FROM).contains(number))?;
        let (mut check, mut detail) = (CheckId::new(number), None);
        if head & HAS_DETAIL != 0 {
            check = CheckId::managed(number);
            detail = Some(Detail::read(varint::take_bytes(&mut input)?)?);
        }
        let wall_micros = at.saturating_add(wall_offset);
        each(LoggedPing { check, at: Timestamp::from_micros(at), wall_micros, detail });
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::details::tests::{Parts, any_parts};

    proptest! {
        #[test]
        fn a_batch_reads_back_as_it_was_written(
            pings in prop::collection::vec(
                (1..MANAGED_FROM, 0..i64::MAX / 4, prop::option::of(any_parts())),
                1..50,
            ),
            offset in -1_000_000_i64..1_000_000,
        ) {
            let mut writer = BatchWriter::default();
            let mut written = Vec::new();
            for (number, micros, parts) in &pings {
                let at = Timestamp::from_micros(*micros);
                let detail = parts.as_ref().map(Parts::detail);
                let check = if let Some(detail) = &detail {
                    writer.push_detail(*number, at, offset, detail);
                    CheckId::managed(*number)
                } else {
                    writer.push(CheckId::new(*number), at, offset);
                    CheckId::new(*number)
                };
                written.push(LoggedPing { check, at, wall_micros: micros + offset, detail });
            }
            prop_assert_eq!(writer.volume().pings, pings.len() as u64);
            let mut read = Vec::new();
            read_batch(writer.finish().unwrap(), |ping| read.push(ping)).unwrap();
            prop_assert_eq!(read, written);
        }

        #[test]
        fn a_damaged_batch_never_panics(bytes: Vec<u8>) {
            let _ = read_batch(&bytes, |_| ());
        }
    }

    #[test]
    fn a_ping_of_no_check_is_damage() {
        let mut writer = BatchWriter::default();
        writer.push(CheckId::new(0), Timestamp::from_micros(1), 0);
        assert_eq!(read_batch(writer.finish().unwrap(), |ping| panic!("{ping:?}")), None);
    }

    #[test]
    fn a_ping_among_many_takes_few_bytes() {
        let mut writer = BatchWriter::default();
        for n in 0..1_000 {
            writer.push(
                CheckId::new(500_000 + n),
                Timestamp::from_micros(1_800_000_000_000_000 + i64::from(n) * 20),
                0,
            );
        }
        assert!(writer.finish().unwrap().len() < 6_100);
    }
}
