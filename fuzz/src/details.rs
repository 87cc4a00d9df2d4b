//! What came with a ping: a damaged record is no panic, and what was written is read back, within its batch too.

use domain::id::CheckId;
use domain::time::Timestamp;
use ping_listener::store::details::{Detail, USER_AGENT_CHARACTERS_MAX, WORD_CHARACTERS_MAX};
use ping_listener::store::log::{BatchWriter, read_batch};

/// Reads the input as a record; one that is whole is written again, alone and in a batch.
pub fn target(data: &[u8]) {
    let Some(detail) = Detail::read(data) else { return };
    assert_ne!(detail.n, 0);
    let kept = Detail {
        scheme: kept(detail.scheme, WORD_CHARACTERS_MAX),
        method: kept(detail.method, WORD_CHARACTERS_MAX),
        user_agent: kept(detail.user_agent, USER_AGENT_CHARACTERS_MAX),
        ..detail
    };
    let mut record = Vec::new();
    detail.put(&mut record);
    assert_eq!(Detail::read(&record), Some(kept));
    assert!(record.len() <= data.len());

    let at = Timestamp::from_micros(1_800_000_000_000_000);
    let mut writer = BatchWriter::default();
    writer.push(CheckId::new(1), at, 0);
    writer.push_detail(2, at, 0, &detail);
    writer.push(CheckId::new(3), at, 0);
    let mut read = Vec::new();
    let batch = writer.finish().expect("pings were written");
    read_batch(batch, |ping| read.push((ping.check, ping.detail))).expect("it is whole");
    assert_eq!(read, [(CheckId::new(1), None), (CheckId::managed(2), Some(kept)), (CheckId::new(3), None)]);
}

fn kept(text: &str, characters_max: usize) -> &str {
    let end = text.char_indices().nth(characters_max).map_or(text.len(), |(end, _)| end);
    &text[..end]
}
