//! What another server says of its checks: a list is refused in a sentence, or each check keeps to our limits.

use domain::slug::is_slug;
use domain::zone::canonical;
use ping_listener::import::theirs::{read_channels, read_checks};

/// A year, in seconds.
const SECONDS_MAX: u64 = 31_536_000;

/// Reads the bytes as the list of checks, and as that of channels.
pub fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(sentence) = read_channels(text) {
        assert!(!sentence.is_empty());
    }
    let checks = match read_checks(text) {
        Ok(checks) => checks,
        Err(sentence) => {
            assert!(!sentence.is_empty());
            return;
        }
    };
    for check in checks {
        assert!(!check.shown_name().is_empty());
        let settings = &check.settings;
        assert!(settings.name.chars().count() <= 100 || check.obstacle.is_some(), "{settings:?}");
        assert!(is_slug(&settings.slug) && settings.slug.len() <= 100, "{settings:?}");
        assert!(settings.tags.chars().count() <= 500, "{settings:?}");
        assert!((1..=SECONDS_MAX).contains(&settings.timeout), "{settings:?}");
        assert!(settings.grace <= SECONDS_MAX, "{settings:?}");
        assert!(
            settings.max_runtime.is_none_or(|seconds| (1..=SECONDS_MAX).contains(&seconds)),
            "{settings:?}"
        );
        assert!(canonical(&settings.tz) == Some(settings.tz.as_str()), "{settings:?}");
        assert!(settings.schedule.chars().count() <= 100, "{settings:?}");
        for words in [&settings.start_kw, &settings.success_kw, &settings.failure_kw] {
            assert!(words.chars().count() <= 200, "{settings:?}");
        }
    }
}
