//! The ping log's format: one batch of pings, as it is appended at each commit.
//!
//! A batch is a version byte, the first ping's time, the wall clock's offset, and then for each ping its check and the
//! time since the ping before: about six bytes.

use domain::id::CheckId;
use domain::time::Timestamp;

use super::varint;

const VERSION: u8 = 1;

/// Set in a ping's first number when more than a plain success follows.
const HAS_DETAIL: u64 = 1;

/// Writes one batch.
#[derive(Default)]
pub struct BatchWriter {
    payload: Vec<u8>,
    last: Option<Timestamp>,
}

impl BatchWriter {
    /// Appends a ping. Pings come in the order of their stamps, because they are stamped as they queue.
    pub fn push(&mut self, check: CheckId, at: Timestamp, wall_offset_micros: i64) {
        let last = *self.last.get_or_insert_with(|| {
            self.payload.push(VERSION);
            varint::put_signed(&mut self.payload, at.as_micros());
            varint::put_signed(&mut self.payload, wall_offset_micros);
            at
        });
        varint::put(&mut self.payload, u64::from(check.number()) << 1);
        varint::put_signed(&mut self.payload, at.as_micros() - last.as_micros());
        self.last = Some(at);
    }

    /// Returns the batch, or `None` if nothing was written.
    #[must_use]
    pub fn finish(&self) -> Option<&[u8]> {
        self.last.map(|_| &self.payload[..])
    }

    /// Begins a new batch in the same memory.
    pub fn clear(&mut self) {
        self.payload.clear();
        self.last = None;
    }
}

/// One ping of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoggedPing {
    pub check: CheckId,
    pub at: Timestamp,
    pub wall_micros: i64,
}

/// Calls `each` for every ping of a batch; returns `None` if the batch is damaged.
pub fn read_batch(payload: &[u8], mut each: impl FnMut(LoggedPing)) -> Option<()> {
    let (&version, mut input) = payload.split_first()?;
    if version != VERSION {
        return None;
    }
    let mut at = varint::take_signed(&mut input)?;
    let wall_offset = varint::take_signed(&mut input)?;
    while !input.is_empty() {
        let head = varint::take(&mut input)?;
        if head & HAS_DETAIL != 0 {
            return None;
        }
        at = at.checked_add(varint::take_signed(&mut input)?)?;
        let check = CheckId::new(u32::try_from(head >> 1).ok().filter(|&number| 0 < number)?);
        each(LoggedPing {
            check,
            at: Timestamp::from_micros(at),
            wall_micros: at.saturating_add(wall_offset),
        });
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_batch_reads_back_as_it_was_written(
            pings in prop::collection::vec((1..u32::MAX, 0..i64::MAX / 4), 1..50),
            offset in -1_000_000_i64..1_000_000,
        ) {
            let mut writer = BatchWriter::default();
            let mut written = Vec::new();
            for (number, micros) in pings {
                let (check, at) = (CheckId::new(number), Timestamp::from_micros(micros));
                writer.push(check, at, offset);
                written.push(LoggedPing { check, at, wall_micros: micros + offset });
            }
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
