//! One page of new entries: what to ask the server for, which entries are new, where to go on. Talks to the outside
//! only through `Outside`, so that all of it can be tested with a server made of strings.

use staffetta_plugin::types::{Error, Page};

use crate::Config;
use crate::call::{Call, Loaded, next_page};
use crate::cursor::{Cursor, Hashes, Head, RECENT, SEEN, Walk};
use crate::document::{self, Bytes, Document};
use crate::post::Notes;

/// What a server answered.
#[derive(Debug)]
pub struct Answer<B> {
    /// After redirects.
    pub url: String,
    /// Headers.
    pub etag: Option<String>,
    /// Headers.
    pub modified: Option<String>,
    /// Headers.
    pub content_type: Option<String>,
    /// None: nothing has changed.
    pub body: Option<B>,
}

/// The world as this plugin needs it.
pub trait Outside {
    /// A document's bytes.
    type Body: Bytes;
    /// Fetches a document; with what the server said last, so that it can say that nothing has changed.
    ///
    /// # Errors
    /// Statuses that are no success, and no answer, as the contract has them.
    fn get(
        &self,
        url: &str,
        etag: Option<&str>,
        modified: Option<&str>,
    ) -> Result<Answer<Self::Body>, Error>;
    /// Milliseconds since 1970.
    fn now(&self) -> i64;
}

/// Fetches pages. Keeps the last document's list, so that the next page of the same run need not read it again; that
/// is only for speed.
pub struct Fetcher<O: Outside> {
    outside: O,
    last: Option<Loaded<O::Body>>,
}

impl<O: Outside> Fetcher<O> {
    /// Nothing is fetched yet.
    pub fn new(outside: O) -> Self {
        Self {
            outside,
            last: None,
        }
    }

    /// The next page.
    ///
    /// # Errors
    /// As the contract has them; the cursor then stays what it was.
    pub fn fetch(
        &mut self,
        config: &Config,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page, Error> {
        let mut cursor = Cursor::read(cursor, config.feed())?;
        let begins = !cursor.going;
        if begins {
            cursor.run = 0;
            self.last = None;
        }
        // The first run reads all: a part that waited would look new to the second one.
        let most = config.limit.filter(|_| !cursor.first).unwrap_or(u32::MAX);
        let left = most.saturating_sub(cursor.run);
        let mut call = Call {
            config,
            oldest: config
                .max_age_ms()?
                .map(|age| self.outside.now().saturating_sub(age)),
            room: limit.max(1).min(left) as usize,
            records: Vec::new(),
            notes: Notes::default(),
        };
        let in_head = begins || cursor.head.is_some();
        let head_had_something = in_head && self.head(&mut cursor, &mut call, begins)?;
        if !head_had_something && cursor.walk.is_some() {
            self.walk(&mut cursor, &mut call)?;
        }
        cursor.run = cursor
            .run
            .saturating_add(u32::try_from(call.records.len()).unwrap_or(u32::MAX));
        cursor.going = cursor.run < most && (cursor.head.is_some() || cursor.walk.is_some());
        cursor.first &= cursor.going;
        Ok(Page {
            records: call.records,
            cursor: Some(cursor.write()),
            more: cursor.going,
            notes: call.notes.lines(),
        })
    }

    /// Works on the feed's own page; false when the server says that it has not changed.
    fn head(
        &mut self,
        cursor: &mut Cursor,
        call: &mut Call<'_>,
        begins: bool,
    ) -> Result<bool, Error> {
        let url = call.config.feed();
        // What was left over from the last run must be read, changed or not.
        let ask = begins && cursor.head.is_none();
        let (etag, modified) = if ask {
            (cursor.etag.as_deref(), cursor.modified.as_deref())
        } else {
            (None, None)
        };
        let Some(loaded) = self.load(url, etag, modified, call.config.feed())? else {
            return Ok(false);
        };
        let (document, name) = (&loaded.document, loaded.body.name());
        if ask && cursor.done.as_deref() == Some(name) {
            return Ok(false);
        }
        let seen = cursor.seen.set();
        let known = || document.slots.iter().any(|slot| seen.contains(&slot.id));
        let (at, known) = match &cursor.head {
            Some(head) if head.name == name => (head.at.min(document.order.len()), head.known),
            Some(head) => (0, head.known),
            None => (0, known()),
        };
        if at == 0 {
            document
                .notes
                .iter()
                .for_each(|note| call.notes.say(note.clone()));
        }
        let twins = cursor.twins.set();
        let chosen = call.choose(
            document,
            at,
            |slot| seen.contains(&slot.id),
            &twins,
            cursor.floor,
        );
        call.give(loaded, &chosen.wanted)?;
        for index in &document.order[at..chosen.at] {
            let slot = &document.slots[*index as usize];
            if !seen.contains(&slot.id) {
                cursor.seen.push(slot.id, SEEN);
            }
        }
        if chosen.at < document.order.len() {
            if document.slots.len() > SEEN {
                // More than can be remembered one by one: all that is older than the last one given is done.
                cursor.floor = chosen
                    .at
                    .checked_sub(1)
                    .map(|last| document.slots[document.order[last] as usize].at);
            }
            cursor.head = Some(Head {
                name: name.into(),
                at: chosen.at,
                known,
            });
            return Ok(true);
        }
        let next = if known {
            None
        } else {
            next_page(document, &loaded.answer.url, call)
        };
        remember(cursor, document, next.is_none());
        cursor.head = None;
        cursor.done = Some(name.into());
        cursor.etag.clone_from(&loaded.answer.etag);
        cursor.modified.clone_from(&loaded.answer.modified);
        if let Some(next) = next {
            begin_walk(cursor, document, url, next, call);
        }
        Ok(true)
    }

    /// Works on one older page.
    fn walk(&mut self, cursor: &mut Cursor, call: &mut Call<'_>) -> Result<(), Error> {
        let Some(mut walk) = cursor.walk.take() else {
            return Ok(());
        };
        let loaded = match self.load(&walk.url, None, None, call.config.feed()) {
            Ok(Some(loaded)) => loaded,
            Ok(None) => return Ok(()),
            // A page that is gone or broken ends the archive; it must not stop the feed.
            Err(Error::Permanent(message)) => {
                call.notes.say(format!("the archive ends here: {message}"));
                return Ok(());
            }
            Err(other) => return Err(other),
        };
        let (document, name) = (&loaded.document, loaded.body.name());
        let (seen, recent) = (cursor.seen.set(), walk.recent.set());
        let begun = walk.at.filter(|_| walk.name == name);
        if begun.is_none() {
            document
                .notes
                .iter()
                .for_each(|note| call.notes.say(note.clone()));
            let nothing_new = document.slots.iter().all(|slot| recent.contains(&slot.id));
            if walk.at.is_none() && nothing_new {
                if !document.slots.is_empty() {
                    call.notes.say(format!(
                        "{} repeats what was read before: the archive ends here",
                        walk.url
                    ));
                }
                return Ok(());
            }
        }
        let at = begun.unwrap_or(0).min(document.order.len());
        let is_known = |id: u64| seen.contains(&id) || recent.contains(&id);
        let chosen = call.choose(
            document,
            at,
            |slot| is_known(slot.id),
            &cursor.twins.set(),
            None,
        );
        call.give(loaded, &chosen.wanted)?;
        let reached = walk.gap
            && document
                .slots
                .iter()
                .any(|s| seen.contains(&s.id) && !recent.contains(&s.id));
        for index in &document.order[at..chosen.at] {
            let id = document.slots[*index as usize].id;
            if !recent.contains(&id) {
                walk.recent.push(id, RECENT);
            }
            // When an entry is deleted, older ones come back onto the feed's own page.
            if !seen.contains(&id) {
                if walk.gap {
                    cursor.seen.push(id, SEEN)
                } else {
                    cursor.seen.push_old(id, SEEN)
                }
            }
        }
        walk.name = name.into();
        if chosen.at < document.order.len() {
            walk.at = Some(chosen.at);
            cursor.walk = Some(walk);
            return Ok(());
        }
        if reached {
            return Ok(());
        }
        if let Some(next) = next_page(document, &loaded.answer.url, call) {
            if walk.step(next) {
                cursor.walk = Some(walk);
            } else {
                call.notes
                    .say("the pages of the archive go in a circle: it ends here");
            }
        }
        Ok(())
    }

    /// A document, checked and listed; none when the server says that it has not changed.
    fn load(
        &mut self,
        url: &str,
        etag: Option<&str>,
        modified: Option<&str>,
        feed: &str,
    ) -> Result<Option<&Loaded<O::Body>>, Error> {
        let kept = self
            .last
            .take()
            .filter(|last| last.asked == url && last.body.read(0, 1).is_ok());
        let loaded = match kept {
            Some(kept) => kept,
            None => {
                let answer = self.outside.get(url, etag, modified)?;
                let Answer {
                    url: found,
                    etag,
                    modified,
                    content_type,
                    body,
                } = answer;
                let Some(body) = body else { return Ok(None) };
                let document = document::scan(&body, content_type.as_deref(), &found, feed)?;
                let answer = Answer {
                    url: found,
                    etag,
                    modified,
                    content_type,
                    body: None,
                };
                Loaded {
                    asked: url.into(),
                    answer,
                    body,
                    document,
                }
            }
        };
        Ok(Some(self.last.insert(loaded)))
    }
}

/// Everything on the feed's own page is seen now, its newest last.
fn remember(cursor: &mut Cursor, document: &Document, is_all: bool) {
    let slots = || {
        document
            .order
            .iter()
            .map(|index| &document.slots[*index as usize])
            .filter(|slot| !slot.repeats)
    };
    cursor.seen.forget(&slots().map(|slot| slot.id).collect());
    cursor
        .twins
        .forget(&slots().filter_map(|slot| slot.twin).collect());
    for slot in slots() {
        cursor.seen.push(slot.id, SEEN);
        if let Some(twin) = slot.twin {
            cursor.twins.push(twin, SEEN);
        }
    }
    // What is older than the first fetch and turns up later came back because something newer was deleted.
    if document.slots.len() > SEEN {
        let newest_forgotten = document.order[document.order.len() - SEEN - 1];
        cursor.floor = Some(document.slots[newest_forgotten as usize].at);
    } else if cursor.first && is_all {
        cursor.floor = slots().filter(|slot| slot.dated).map(|slot| slot.at).min();
    }
}

fn begin_walk(
    cursor: &mut Cursor,
    document: &Document,
    from: &str,
    next: String,
    call: &mut Call<'_>,
) {
    // The whole archive is wanted, unless earlier runs had read it or were about to.
    let gap = !cursor.first && cursor.walk.as_ref().is_none_or(|walk| walk.gap);
    let mut walk = Walk {
        url: String::new(),
        name: String::new(),
        at: None,
        steps: 0,
        mark: 0,
        visited: Hashes::default(),
        recent: Hashes::default(),
        gap,
    };
    document
        .order
        .iter()
        .for_each(|index| walk.recent.push(document.slots[*index as usize].id, RECENT));
    walk.step(from.into());
    if walk.step(next) {
        cursor.walk = Some(walk);
    } else {
        call.notes
            .say("the feed's next page is the feed itself: not read again");
    }
}
