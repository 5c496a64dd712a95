//! What is remembered between two pages and between two runs: which entries were seen, how far the reading is, and what
//! the server needs to say that nothing is new. Bounded: about 100 kB at most.

use std::collections::{HashSet, VecDeque};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use staffetta_plugin::types::Error;

/// Entries that are remembered of the feed's own page.
pub const SEEN: usize = 5_000;
/// Entries that are remembered while older pages are walked.
pub const RECENT: usize = 1_000;
/// Pages that are remembered while walking; longer circles are met by the mark.
pub const VISITED: usize = 200;

/// Hashes of 48 bits in order, bounded, written as eight letters each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hashes(VecDeque<u64>);

impl Hashes {
    /// Adds at the end; the oldest go when there are more than `most`.
    pub fn push(&mut self, hash: u64, most: usize) {
        self.0.push_back(hash);
        while self.0.len() > most {
            self.0.pop_front();
        }
    }

    /// Adds as the oldest, if there is room.
    pub fn push_old(&mut self, hash: u64, most: usize) {
        if self.0.len() < most {
            self.0.push_front(hash);
        }
    }

    /// Forgets those that `drop` names.
    pub fn forget(&mut self, drop: &HashSet<u64>) {
        self.0.retain(|hash| !drop.contains(hash));
    }

    /// For looking up many.
    #[must_use]
    pub fn set(&self) -> HashSet<u64> {
        self.0.iter().copied().collect()
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True when it is among them.
    #[must_use]
    pub fn contains(&self, hash: u64) -> bool {
        self.0.contains(&hash)
    }
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Serialize for Hashes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(self.0.len() * 8);
        for hash in &self.0 {
            for place in (0..8).rev() {
                text.push(char::from(LETTERS[(hash >> (place * 6) & 63) as usize]));
            }
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Hashes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = |letter: &u8| LETTERS.iter().position(|l| l == letter).unwrap_or(0) as u64;
        Ok(Self(
            text.as_bytes()
                .chunks_exact(8)
                .map(|h| h.iter().fold(0, |all, l| all << 6 | value(l)))
                .collect(),
        ))
    }
}

/// How far the feed's own page is worked through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The document's name: another one is begun from the start.
    pub name: String,
    /// Entries done, oldest first.
    pub at: usize,
    /// It had entries that earlier runs had seen, so no older page needs to be read.
    pub known: bool,
}

/// How far the older pages are walked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    /// The page to read.
    pub url: String,
    /// The document that was begun there, or the one before it.
    pub name: String,
    /// Entries of it done; none when it is not begun.
    pub at: Option<usize>,
    /// Pages done.
    pub steps: u64,
    /// An address that is compared with each next one: it moves at every power of two, so that every circle meets it.
    pub mark: u64,
    /// The last pages.
    pub visited: Hashes,
    /// The last entries.
    pub recent: Hashes,
    /// The walk only closes a gap and ends where earlier runs had been; else it goes to the end.
    pub gap: bool,
}

/// Everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cursor {
    version: u32,
    feed: String,
    /// As the server sent it with the last page that was worked through.
    pub etag: Option<String>,
    /// The same.
    pub modified: Option<String>,
    /// The last document that was worked through.
    pub done: Option<String>,
    /// Entries of the feed's own page and those next to it.
    pub seen: Hashes,
    /// Their titles with times.
    pub twins: Hashes,
    /// Entries before this time are older than what was first fetched.
    pub floor: Option<i64>,
    /// Entries given in this run.
    pub run: u32,
    /// A run is under way.
    pub going: bool,
    /// It is the first one: all there is is read, so that the host can take it as what was there before.
    pub first: bool,
    /// Set while the feed's own page is worked through.
    pub head: Option<Head>,
    /// Set while there are older pages to read.
    pub walk: Option<Walk>,
}

impl Cursor {
    /// Reads a cursor. After a change of the feed's address what was seen is kept, so that a moved feed does not come
    /// in again as a whole; what belongs to the old server is dropped.
    ///
    /// # Errors
    /// `permanent` when it is not one of this plugin's.
    pub fn read(text: Option<&str>, feed: &str) -> Result<Self, Error> {
        let mut cursor: Self = match text {
            Some(text) => serde_json::from_str(text).map_err(|error| {
                Error::Permanent(format!("the cursor is not one of feed/fetch: {error}"))
            })?,
            None => Self {
                version: 1,
                feed: feed.into(),
                first: true,
                ..Self::default()
            },
        };
        if cursor.version != 1 {
            return Err(Error::Permanent(format!(
                "the cursor is of version {}, known is 1",
                cursor.version
            )));
        }
        if cursor.feed != feed {
            cursor = Self {
                version: 1,
                feed: feed.into(),
                seen: cursor.seen,
                twins: cursor.twins,
                floor: cursor.floor,
                ..Self::default()
            };
        }
        Ok(cursor)
    }

    /// As text.
    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Walk {
    /// Goes on to the next page; false when the walk has been there: then it goes in circles.
    pub fn step(&mut self, url: String) -> bool {
        let hash = crate::entry::short(&[&url]);
        if hash == self.mark || self.visited.contains(hash) {
            return false;
        }
        self.visited.push(hash, VISITED);
        self.steps += 1;
        if self.steps.is_power_of_two() {
            self.mark = hash;
        }
        self.url = url;
        self.at = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_cursor_is_small_and_comes_back_the_same() {
        let mut cursor = Cursor::read(None, "https://acme.example/feed").unwrap();
        for hash in 0..20_000_u64 {
            let spread = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
            cursor.seen.push(spread, SEEN);
            cursor.twins.push(spread ^ 1, SEEN);
        }
        let text = cursor.write();
        assert!(text.len() < 100_000, "{}", text.len());
        assert_eq!(
            Cursor::read(Some(&text), "https://acme.example/feed").unwrap(),
            cursor
        );
        let moved = Cursor::read(Some(&text), "https://acme.example/new").unwrap();
        assert_eq!(moved.seen, cursor.seen);
        assert!(matches!(
            Cursor::read(Some("7"), "x"),
            Err(Error::Permanent(_))
        ));
    }

    #[test]
    fn every_circle_is_met() {
        for length in [1_u64, 2, 3, 50, 300, 1_000] {
            let mut walk = Walk {
                url: String::new(),
                name: String::new(),
                at: None,
                steps: 0,
                mark: 0,
                visited: Hashes::default(),
                recent: Hashes::default(),
                gap: false,
            };
            let steps = (0..)
                .find(|n| !walk.step(format!("page {}", n % length)))
                .unwrap();
            assert!(steps >= length && steps <= length * 4, "{length}: {steps}");
        }
    }
}
