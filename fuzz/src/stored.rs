//! What is stored: a damaged row is no panic, and what was written is read back.

use domain::id::CheckId;
use domain::time::Timestamp;
use ping_listener::store::facts::Facts;
use ping_listener::store::log::{BatchWriter, read_batch};
use ping_listener::store::{history, varint};

use crate::input::Input;

/// Reads the first byte as what kind of row it is, and the rest as the row.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    match input.byte() % 5 {
        0 => numbers(input.rest()),
        1 => batch(input.rest()),
        2 => written_batch(input),
        3 => hour(input),
        _ => facts(input.rest()),
    }
}

fn numbers(mut bytes: &[u8]) {
    while let Some(number) = varint::take(&mut bytes) {
        let mut written = Vec::new();
        varint::put(&mut written, number);
        assert_eq!(varint::take(&mut &written[..]), Some(number));
        assert!(written.len() <= 10);
    }
}

fn batch(payload: &[u8]) {
    let mut pings = 0;
    let _ = read_batch(payload, |ping| {
        assert_ne!(ping.check.number(), 0);
        pings += 1;
    });
    assert!(pings <= payload.len());
}

fn written_batch(mut input: Input<'_>) {
    let offset = input.number() / 4;
    let mut writer = BatchWriter::default();
    let mut written = Vec::new();
    while !input.is_empty() {
        let check = CheckId::new(u32::from(input.byte()) << 8 | 1);
        let at = Timestamp::from_micros(input.number() / 4);
        writer.push(check, at, offset);
        written.push((check, at, at.as_micros() + offset));
    }
    let Some(payload) = writer.finish() else { return };
    let mut read = Vec::new();
    read_batch(payload, |ping| read.push((ping.check, ping.at, ping.wall_micros))).expect("it is whole");
    assert_eq!(read, written);
}

/// An hour as the history has it, damaged or not, to which pings are added.
fn hour(mut input: Input<'_>) {
    // Between the years -2000 and 6000: no clock of ours shows others.
    let hour = history::hour_of(input.number() % (1 << 57));
    let pings: Vec<i64> =
        (0..input.byte() % 8).map(|_| hour * history::HOUR_MICROS + input.number() % (1 << 40)).collect();
    let mut payload = input.rest().to_vec();
    let found = |payload: &[u8]| {
        let mut found = Vec::new();
        history::read(payload, hour, |wall_micros| found.push(wall_micros));
        found
    };
    let before = found(&payload);
    history::append(&mut payload, hour, &pings);
    let after = found(&payload);
    assert_eq!(after, [before, pings].concat());
}

fn facts(json: &[u8]) {
    let Ok(facts) = serde_json::from_slice::<Facts>(json) else { return };
    let written = serde_json::to_string(&facts).expect("facts can be written");
    assert_eq!(serde_json::from_str::<Facts>(&written).ok(), Some(facts.clone()));
    let _ = facts.check();
}
