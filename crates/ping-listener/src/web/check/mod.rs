//! The pages about one check: how it stands and why, its log, its days, and what is asked of it.

mod about;
mod asked;
mod calendar;
mod charts;
mod cloaked;
mod days;
mod doctor;
mod edit;
mod flips;
mod history;
mod lines;
mod log;
mod months;
mod overview;
mod ping;
mod preview;
mod watch;

use std::sync::Arc;

use super::Rooms;
use crate::http::routes::{Page, Policy::SignedIn};

/// Names the pages about one check.
pub(super) fn pages() -> Vec<Page<Arc<Rooms>>> {
    vec![
        Page::get("/cloaked/{unique_key}", SignedIn, cloaked::lead),
        Page::get("/cloaked/{unique_key}/", SignedIn, cloaked::lead),
        Page::get("/checks/preview", SignedIn, preview::fragment),
        Page::get("/checks/{uuid}", SignedIn, overview::page),
        Page::get("/checks/{uuid}/live", SignedIn, watch::stream),
        Page::get("/checks/{uuid}/log", SignedIn, log::page),
        Page::get("/checks/{uuid}/pings/{n}", SignedIn, ping::page),
        Page::get("/checks/{uuid}/pings/{n}/body", SignedIn, ping::body),
        Page::get("/checks/{uuid}/days/{date}", SignedIn, days::page),
        Page::get("/checks/{uuid}/changes", SignedIn, history::page),
        Page::post("/checks/{uuid}/doctor", SignedIn, doctor::apply),
        Page::get("/checks/{uuid}/edit", SignedIn, edit::page),
        Page::post("/checks/{uuid}/edit", SignedIn, edit::save),
    ]
}
