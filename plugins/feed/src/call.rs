//! What is new in one document: which entries to give, and their posts. Knows neither the server nor the cursor.

use std::collections::HashSet;

use staffetta_plugin::types::{Error, Record};

use crate::Config;
use crate::document::{self, Bytes, Document};
use crate::fetch::Answer;
use crate::link;
use crate::post::{Notes, Source, post};

/// A document that was fetched.
pub(crate) struct Loaded<B> {
    /// What was asked for.
    pub(crate) asked: String,
    pub(crate) answer: Answer<()>,
    pub(crate) body: B,
    pub(crate) document: Document,
}

/// One call's circumstances and what it brings.
pub(crate) struct Call<'a> {
    pub(crate) config: &'a Config,
    /// Dated entries before this are too old.
    pub(crate) oldest: Option<i64>,
    /// Entries that may still be given.
    pub(crate) room: usize,
    pub(crate) records: Vec<Record>,
    pub(crate) notes: Notes,
}

/// What is new in a document, from some place on.
pub(crate) struct Chosen {
    /// Indices of entries to give.
    pub(crate) wanted: Vec<u32>,
    /// Entries done.
    pub(crate) at: usize,
}

impl Call<'_> {
    /// Goes through a document from `at`, oldest first, until there is no room left.
    pub(crate) fn choose(
        &mut self,
        document: &Document,
        at: usize,
        seen: impl Fn(&document::Slot) -> bool,
        twins: &HashSet<u64>,
        floor: Option<i64>,
    ) -> Chosen {
        let mut chosen = Chosen {
            wanted: Vec::new(),
            at,
        };
        let mut own_twins = HashSet::new();
        let shared: HashSet<u64> = document
            .slots
            .iter()
            .filter_map(|s| s.twin)
            .filter(|t| !own_twins.insert(*t))
            .collect();
        for index in &document.order[at..] {
            let slot = &document.slots[*index as usize];
            if chosen.wanted.len() >= self.room {
                break;
            }
            chosen.at += 1;
            if slot.repeats
                || seen(slot)
                || self
                    .oldest
                    .is_some_and(|oldest| slot.dated && slot.at < oldest)
            {
                continue;
            }
            if slot.dated && floor.is_some_and(|floor| slot.at < floor) {
                self.notes.count(
                    "entries that are older than what was fetched first, passed over",
                    "",
                );
            } else if slot
                .twin
                .is_some_and(|twin| twins.contains(&twin) && !shared.contains(&twin))
            {
                self.notes.count(
                    "entries seen before under another id (same title and time), passed over",
                    "",
                );
            } else {
                chosen.wanted.push(*index);
            }
        }
        chosen
    }

    /// Makes posts of entries.
    pub(crate) fn give<B: Bytes>(
        &mut self,
        loaded: &Loaded<B>,
        wanted: &[u32],
    ) -> Result<(), Error> {
        let feed = self.config.feed();
        let source = Source {
            feed,
            document: &loaded.answer.url,
            meta: &loaded.document.meta,
        };
        for entry in document::pick(&loaded.body, &loaded.document, wanted, feed)? {
            match post(entry, &source, &mut self.notes) {
                Some(post) => self.records.push(Record::Post(post)),
                None => self.notes.count("entries with nothing to post", ""),
            }
        }
        Ok(())
    }
}

/// Where the older entries of a document are, if they are worth reading.
pub(crate) fn next_page(document: &Document, url: &str, call: &mut Call<'_>) -> Option<String> {
    let meta = &document.meta;
    let next = link::web(meta.next.as_deref()?, Some(url))?;
    if link::host(&next) != link::host(call.config.feed()) && link::host(&next) != link::host(url) {
        call.notes.say(format!(
            "the next page {next} is on another host and was not read"
        ));
        return None;
    }
    let too_old =
        |slot: &document::Slot| slot.dated && call.oldest.is_some_and(|oldest| slot.at < oldest);
    let all_too_old = !document.slots.is_empty() && document.slots.iter().all(too_old);
    (!document.slots.is_empty() && !all_too_old).then_some(next)
}
