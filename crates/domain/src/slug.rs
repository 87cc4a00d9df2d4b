//! Slugs: the part of a ping URL that names a check in letters that every shell and every client can write.

use unicode_normalization::UnicodeNormalization;

/// Tells whether a text may be a slug; the empty one may.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

/// Makes a slug of a name, as the first two versions of the API do.
#[must_use]
pub fn slugify(name: &str) -> String {
    let mut slug = String::new();
    for sign in name.nfkd().filter(char::is_ascii).map(|sign| sign.to_ascii_lowercase()) {
        let is_gap = sign == '-' || is_space(sign);
        if is_gap && !slug.ends_with('-') {
            slug.push('-');
        } else if sign.is_ascii_alphanumeric() || sign == '_' {
            slug.push(sign);
        }
    }
    slug.trim_matches(['-', '_']).to_owned()
}

/// The space between words also has the separators of files, groups, records and units.
fn is_space(sign: char) -> bool {
    matches!(sign, ' ' | '\t'..='\r' | '\x1c'..='\x1f')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_the_slug_that_healthchecks_makes_of_it() {
        let vectors = [
            ("DB Backup (nightly)", "db-backup-nightly"),
            ("--Foo__Bar--", "foo__bar"),
            ("Ünïcode Äpfel", "unicode-apfel"),
            ("a.b/c d", "abc-d"),
            ("日本語", ""),
            ("", ""),
            ("a - b\t\u{1f}-c", "a-b-c"),
            ("a\u{a0}b ﬁ ½", "a-b-fi-12"),
            ("-_a_-", "a"),
        ];
        for (name, slug) in vectors {
            assert_eq!(slugify(name), slug, "{name:?}");
            assert!(is_slug(slug));
        }
    }

    #[test]
    fn a_slug_has_small_letters_digits_and_two_signs() {
        assert!(is_slug("abc-xyz_019"));
        for text in ["A", "a b", "a/b", "a.b", "ä", "a\n"] {
            assert!(!is_slug(text), "{text:?}");
        }
    }
}
