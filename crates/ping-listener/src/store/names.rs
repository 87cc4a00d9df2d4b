//! The names: whose check each is and with which ping key, for every request at once, without waiting for the writer.
//!
//! A name stands in a page of bytes together with its key and the number of its check; a table leads from the hash of
//! a name to its place. Pages and pieces of the table are shared by all copies and copied when they change, so that a
//! copy costs little, and a reader keeps one while the writer goes on.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::id::CheckId;

/// What a request has to know of a name.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The check of that name.
    pub id: CheckId,
    /// SHA-256 of its ping key, if it has one.
    pub key: Option<[u8; 32]>,
}

/// The names that everybody may look at, as of the last commit.
#[derive(Clone, Default)]
pub(super) struct SharedNames(Arc<ArcSwap<Names>>);

impl SharedNames {
    /// Returns the entry of a name, or `None` if no check in use has it.
    pub(super) fn find(&self, name: &str) -> Option<Entry> {
        self.0.load().find_in_use(name)
    }

    /// Counts the checks that take pings without a key.
    pub(super) fn open_checks(&self) -> usize {
        self.0.load().open_checks
    }

    /// Shows these names to everybody.
    pub(super) fn publish(&self, names: &Names) {
        self.0.store(Arc::new(names.clone()));
    }
}

/// Bytes of a page; a place is the number of a page and what is before it in the page, 16 bits each.
const PAGE_BYTES: usize = 1 << 16;

/// Number of the check, whether there is a key, and the length of the name.
const HEAD_BYTES: usize = 6;

const KEY_BYTES: usize = 32;

/// An empty place of the table.
const EMPTY: u64 = u64::MAX;

/// Names that a piece of the table is made for: half of its places, a page of memory.
const PIECE_NAMES: usize = 256;

const PIECE_PLACES_MIN: usize = 16;

/// All names that were ever in the config.
#[derive(Clone)]
pub(super) struct Names {
    full_pages: Vec<Arc<Vec<u8>>>,
    page: Arc<Vec<u8>>,
    pieces: Vec<Arc<[u64]>>,
    hasher: RandomState,
    count: usize,
    in_use: usize,
    open_checks: usize,
}

impl Default for Names {
    fn default() -> Self {
        Self::for_checks(0)
    }
}

/// An entry of the table: place, hash, and whether the check is in use.
#[derive(Clone, Copy)]
struct Mark {
    place: u32,
    hash: u32,
    is_in_use: bool,
}

impl Mark {
    fn pack(self) -> u64 {
        u64::from(self.place) << 32 | u64::from(self.hash) << 1 | u64::from(self.is_in_use)
    }

    fn unpack(bits: u64) -> Self {
        let low = bits & u64::from(u32::MAX);
        let half = |bits| u32::try_from(bits).expect("half of 64 bits is 32");
        Self { place: half(bits >> 32), hash: half(low >> 1), is_in_use: low & 1 == 1 }
    }
}

/// A name with what belongs to it.
struct Record<'a> {
    check: CheckId,
    key: Option<[u8; 32]>,
    name: &'a [u8],
}

impl Names {
    /// Makes room for the names of so many checks.
    pub(super) fn for_checks(count: usize) -> Self {
        let pieces = count.div_ceil(PIECE_NAMES).next_power_of_two();
        let places = (2 * (count / pieces)).next_power_of_two().max(PIECE_PLACES_MIN);
        Self {
            full_pages: Vec::new(),
            page: Arc::default(),
            pieces: (0..pieces).map(|_| vec![EMPTY; places].into()).collect(),
            hasher: RandomState::new(),
            count: 0,
            in_use: 0,
            open_checks: 0,
        }
    }

    /// Adds a name that is not there; returns its place.
    pub(super) fn add(&mut self, check: CheckId, name: &str, key: Option<&[u8; 32]>, is_in_use: bool) -> u32 {
        let place = self.write(check, name.as_bytes(), key);
        self.count += 1;
        if self.pieces.len() * PIECE_NAMES < self.count {
            self.cut_anew();
        }
        self.insert(Mark { place, hash: self.hash(name), is_in_use });
        self.count_use(key.is_none(), is_in_use, 1);
        place
    }

    /// Counts the checks in use.
    pub(super) fn in_use(&self) -> usize {
        self.in_use
    }

    /// Returns the name at a place.
    pub(super) fn name(&self, place: u32) -> &str {
        std::str::from_utf8(self.read(place).name).expect("what was written was a name")
    }

    /// Returns SHA-256 of the ping key that belongs to the name at a place, if it has one.
    pub(super) fn key(&self, place: u32) -> Option<[u8; 32]> {
        self.read(place).key
    }

    /// Returns the check that bears a name, in use or not.
    pub(super) fn find(&self, name: &str) -> Option<CheckId> {
        let (_, _, mark) = self.look_up(name)?;
        Some(self.read(mark.place).check)
    }

    /// Gives a name another key, or none; returns its new place.
    pub(super) fn change_key(&mut self, place: u32, key: Option<&[u8; 32]>) -> u32 {
        let name = self.name(place).to_owned();
        let record = self.read(place);
        let (check, had_key) = (record.check, record.key.is_some());
        let place = self.write(check, name.as_bytes(), key);
        if let Some((piece, index, mark)) = self.look_up(&name) {
            self.replace(piece, index, Mark { place, ..mark });
            self.count_use(!had_key, mark.is_in_use, -1);
            self.count_use(key.is_none(), mark.is_in_use, 1);
        }
        place
    }

    /// Notes whether the check with the name at a place is in use.
    pub(super) fn set_in_use(&mut self, place: u32, is_in_use: bool) {
        let is_open = self.key(place).is_none();
        if let Some((piece, index, mark)) = self.look_up(self.name(place)) {
            self.replace(piece, index, Mark { is_in_use, ..mark });
            self.count_use(is_open, mark.is_in_use, -1);
            self.count_use(is_open, is_in_use, 1);
        }
    }

    fn find_in_use(&self, name: &str) -> Option<Entry> {
        let (_, _, mark) = self.look_up(name)?;
        let record = mark.is_in_use.then(|| self.read(mark.place))?;
        Some(Entry { id: record.check, key: record.key })
    }

    fn count_use(&mut self, is_open: bool, is_in_use: bool, difference: isize) {
        if is_in_use {
            self.in_use = self.in_use.saturating_add_signed(difference);
        }
        if is_in_use && is_open {
            self.open_checks = self.open_checks.saturating_add_signed(difference);
        }
    }

    fn write(&mut self, check: CheckId, name: &[u8], key: Option<&[u8; 32]>) -> u32 {
        let key: &[u8] = key.map_or(&[], |key| key);
        if PAGE_BYTES < self.page.len() + HEAD_BYTES + key.len() + name.len() {
            self.full_pages.push(std::mem::take(&mut self.page));
        }
        let place = self.full_pages.len() << 16 | self.page.len();
        let length = u8::try_from(name.len()).expect("a name has 255 bytes at most");
        let page = Arc::make_mut(&mut self.page);
        if page.capacity() == 0 && !self.full_pages.is_empty() {
            page.reserve_exact(PAGE_BYTES);
        }
        page.extend_from_slice(&check.number().to_le_bytes());
        page.extend_from_slice(&[u8::from(!key.is_empty()), length]);
        page.extend_from_slice(key);
        page.extend_from_slice(name);
        u32::try_from(place).expect("names take less than 4 GB")
    }

    fn read(&self, place: u32) -> Record<'_> {
        let (number, offset) = (place as usize >> 16, place as usize % PAGE_BYTES);
        let page = self.full_pages.get(number).unwrap_or(&self.page);
        let (head, rest) = page[offset..].split_at(HEAD_BYTES);
        let &[a, b, c, d, is_keyed, length] = head else { unreachable!("a head has its length") };
        let (key, rest) = if is_keyed == 0 { (None, rest) } else { (rest.first_chunk(), &rest[KEY_BYTES..]) };
        let check = CheckId::new(u32::from_le_bytes([a, b, c, d]));
        Record { check, key: key.copied(), name: &rest[..usize::from(length)] }
    }

    fn hash(&self, name: &str) -> u32 {
        u32::try_from(self.hasher.hash_one(name) >> 33).expect("31 bits")
    }

    /// Returns the piece of the table for a hash: by its upper bits, as the lower ones lead to a place in the piece.
    fn piece_of(&self, hash: u32) -> usize {
        hash as usize >> 16 & (self.pieces.len() - 1)
    }

    fn look_up(&self, name: &str) -> Option<(usize, usize, Mark)> {
        let hash = self.hash(name);
        let number = self.piece_of(hash);
        let piece = &self.pieces[number];
        for index in run(hash, piece.len()) {
            if piece[index] == EMPTY {
                return None;
            }
            let mark = Mark::unpack(piece[index]);
            if mark.hash == hash && self.read(mark.place).name == name.as_bytes() {
                return Some((number, index, mark));
            }
        }
        None
    }

    fn replace(&mut self, piece: usize, index: usize, mark: Mark) {
        Arc::make_mut(&mut self.pieces[piece])[index] = mark.pack();
    }

    fn insert(&mut self, mark: Mark) {
        let number = self.piece_of(mark.hash);
        if put(Arc::make_mut(&mut self.pieces[number]), mark) {
            return;
        }
        let piece = self.pieces[number].clone();
        let known = piece.iter().filter(|bits| **bits != EMPTY).map(|bits| Mark::unpack(*bits));
        let marks: Vec<Mark> = known.chain([mark]).collect();
        let mut places = piece.len();
        self.pieces[number] = loop {
            places *= 2;
            let mut larger = vec![EMPTY; places];
            if marks.iter().all(|mark| put(&mut larger, *mark)) {
                break larger.into();
            }
        };
    }

    /// Cuts the table into twice as many pieces.
    fn cut_anew(&mut self) {
        let count = 2 * self.pieces.len();
        let empty: Arc<[u64]> = vec![EMPTY; 2 * PIECE_NAMES].into();
        for piece in std::mem::replace(&mut self.pieces, vec![empty; count]) {
            for known in piece.iter().filter(|bits| **bits != EMPTY) {
                self.insert(Mark::unpack(*known));
            }
        }
    }
}

/// Returns where in a piece of so many places a mark may stand, from the first choice to the last.
fn run(hash: u32, places: usize) -> impl Iterator<Item = usize> {
    let first = hash as usize & (places - 1);
    (first..places).chain(0..first).take(places / 4)
}

/// Puts a mark into a piece; returns false, and does nothing, if every place where it may stand is taken.
fn put(piece: &mut [u64], mark: Mark) -> bool {
    let free = run(mark.hash, piece.len()).find(|index| piece[*index] == EMPTY);
    if let Some(index) = free {
        piece[index] = mark.pack();
    }
    free.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn number(index: usize) -> CheckId {
        CheckId::new(u32::try_from(index + 1).unwrap())
    }

    #[test]
    fn everybody_is_found_however_many_came_and_nobody_else() {
        for made_for in [0, 5_000] {
            let mut names = Names::for_checks(made_for);
            let places: Vec<u32> = (0..5_000)
                .map(|index| {
                    let key = (index % 3 == 0).then_some(&KEY);
                    names.add(number(index), &format!("test{index}"), key, index % 2 == 0)
                })
                .collect();
            for (index, place) in places.into_iter().enumerate() {
                let name = format!("test{index}");
                assert_eq!((names.find(&name), names.name(place)), (Some(number(index)), &*name));
                assert_eq!(names.key(place), (index % 3 == 0).then_some(KEY));
                assert_eq!(names.find_in_use(&name).is_some(), index % 2 == 0);
            }
            assert!(names.find("test5000").is_none() && names.find("").is_none());
            assert_eq!((names.in_use(), names.open_checks), (2_500, 1_666));
        }
    }

    #[test]
    fn a_copy_stays_as_it_was() {
        let mut names = Names::default();
        let place = names.add(number(0), "test", None, true);
        let before = names.clone();
        names.add(number(1), "other", None, true);
        let keyed = names.change_key(place, Some(&KEY));
        assert_eq!((names.key(keyed), names.open_checks), (Some(KEY), 1));
        assert_eq!(names.find_in_use("test").unwrap().key, Some(KEY));
        names.set_in_use(keyed, false);
        assert!(names.find_in_use("test").is_none() && names.find("test").is_some());
        assert_eq!((names.in_use(), names.open_checks), (1, 1));
        assert!(before.find("other").is_none());
        assert!(before.find_in_use("test").is_some_and(|entry| entry.key.is_none()));
        assert_eq!((before.in_use(), before.open_checks), (1, 1));
    }
}
