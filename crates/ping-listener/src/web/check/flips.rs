//! A change of standing, as pages tell it.

use domain::managed::Word;

use crate::store::managed::viewing::ManagedFlipView;
use crate::web::words::log as words;

/// Returns its name in the style sheet, and what happened.
pub(super) fn in_words(flip: &ManagedFlipView) -> (&'static str, &'static str) {
    match (flip.to, flip.from, flip.reason) {
        (Word::Down, _, "fail") => ("down", words::RUN_FAILED),
        (Word::Down, _, "overrun") => ("down", words::RUN_HUNG),
        (Word::Down, _, _) => ("down", words::WENT_SILENT),
        (Word::Up, _, "monitor off") => ("unmonitored", words::MONITOR_OFF),
        (Word::Up, _, "schedule changed") => ("new", words::SCHEDULE_CHANGED),
        (Word::Up, _, "archived") => ("new", words::ARCHIVED),
        (Word::Up, Word::New, _) => ("up", words::FIRST_PING),
        (Word::Up, Word::Paused, _) => ("up", words::PAUSE_ENDED),
        (Word::Up, Word::Up | Word::Down, _) => ("up", words::CAME_BACK),
        (Word::Paused, _, _) => ("paused", words::PAUSED),
        (Word::New, _, _) => ("new", words::RESUMED),
    }
}
