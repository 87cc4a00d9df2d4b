//! The accepted pages and mails: each is compared by a test, and all together stay small enough to be read.

use std::fs;

use super::assert_none;
use super::tree::root;

/// More would be read by nobody.
const BYTES_MAX: usize = 400_000;

/// An accepted text.
struct Snapshot {
    name: String,
    bytes: usize,
}

#[test]
fn each_accepted_text_is_compared_by_a_test() {
    let mut sources = String::new();
    let mut snapshots = Vec::new();
    for entry in fs::read_dir(root().join("crates/ping-listener/tests/it/snapshots")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&text);
        } else {
            snapshots.push(Snapshot { name, bytes: text.len() });
        }
    }
    assert_none(&judge(&sources, &snapshots), "delete what is left over, or accept fewer pages");
}

/// Says what is wrong with the accepted texts: no test compares one, or there is too much of them.
fn judge(sources: &str, snapshots: &[Snapshot]) -> Vec<String> {
    let is_compared = |snapshot: &Snapshot| {
        let name = snapshot.name.strip_suffix(".snap");
        name.is_some_and(|name| sources.contains(&format!("\"{name}\"")))
    };
    let left = snapshots.iter().filter(|snapshot| !is_compared(snapshot));
    let mut breaches: Vec<_> = left.map(|one| format!("{}: no test names it", one.name)).collect();
    let bytes: usize = snapshots.iter().map(|snapshot| snapshot.bytes).sum();
    if BYTES_MAX < bytes {
        breaches.push(format!("{bytes} bytes in all, more than {BYTES_MAX}"));
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_over_and_what_is_too_much_is_found() {
        let snapshot = |name: &str, bytes| Snapshot { name: name.to_owned(), bytes };
        let judge = |snapshots: &[Snapshot]| judge("assert_page(\"list\", seen)", snapshots).len();
        assert_eq!(judge(&[snapshot("list.snap", BYTES_MAX)]), 0);
        assert_eq!(judge(&[snapshot("list.snap", BYTES_MAX + 1)]), 1);
        for left in ["lists.snap", "list.snap.new", "list"] {
            assert_eq!(judge(&[snapshot(left, 1)]), 1, "{left}");
        }
    }
}
