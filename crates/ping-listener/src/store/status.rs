//! The store's state of health, for whoever asks without waiting for the writer.

use std::sync::atomic::{AtomicBool, AtomicU64};

/// What is wrong with the store, if anything is.
#[derive(Debug, Default)]
pub(crate) struct Status {
    /// Pings are turned away because the disk is full.
    pub(crate) is_full: AtomicBool,
    /// Room on the disk is short.
    pub(crate) is_low: AtomicBool,
    /// Counts the commits that did more than take plain pings.
    pub(crate) deeds: AtomicU64,
    /// Pings that are only in the log.
    pub(crate) unsorted_pings: AtomicU64,
    /// The length of what is only in the log.
    pub(crate) unsorted_bytes: AtomicU64,
    /// Recipients that the mail server refused for good.
    pub(crate) refused_recipients: AtomicU64,
    /// Mails that were given up because this version does not know what they say.
    pub(crate) unknown_mails: AtomicU64,
}
