//! The publisher: writes a folder, finds it again by the effect's key, takes it away. The folder as a whole is the one
//! change of a call; writing it again writes the same.

use staffetta_plugin::exports::publisher::{Advance, Effect, Finding, Repeat, Terms};
use staffetta_plugin::{
    Account, Composed, Error, Publisher, Receipt, Result, clock, files, read_blob,
};

use crate::bundle::{DONE, RECORD};
use crate::done::{Done, Record, parse, receipt};
use crate::{Handoff, bundle, place};

/// A record or an answer is never this large.
const MOST: u64 = 64 << 20;

/// Files that are listed at once.
const PAGE: u32 = 500;

/// A folder with an effect's mark.
pub struct Found {
    /// Relative to the project.
    pub folder: String,
    /// Everything in it, as whole paths.
    pub files: Vec<String>,
    /// None where the writing did not come to its end.
    pub record: Option<Record>,
    /// The person's answer.
    pub done: Option<Done>,
}

fn read<T: staffetta_plugin::serde::de::DeserializeOwned>(path: &str) -> Result<Option<T>> {
    let blob = files::open(path)?;
    Ok(parse(&read_blob(&blob, MOST)?))
}

/// The folders of one key, or of the beginning of one: a receipt's id.
pub fn find(account: &Account, key: &str) -> Result<Vec<Found>> {
    let root = place::root(account)?;
    let glob = format!("*-{}/*", place::mark(key));
    let mut found: Vec<Found> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let listed = match files::list(&root, &glob, after.as_deref(), PAGE) {
            Ok(listed) => listed,
            // The account's folder is made with its first post.
            Err(files::Failure::Io(_)) if after.is_none() => return Ok(Vec::new()),
            Err(failure) => return Err(failure.into()),
        };
        let last = listed.len() < PAGE as usize;
        after = listed.last().map(|entry| entry.path.clone());
        for entry in listed {
            let Some((folder, _)) = entry.path.rsplit_once('/') else {
                continue;
            };
            match found.iter_mut().find(|f| f.folder == folder) {
                Some(one) => one.files.push(entry.path),
                None => found.push(Found {
                    folder: folder.into(),
                    files: vec![entry.path],
                    record: None,
                    done: None,
                }),
            }
        }
        if last {
            break;
        }
    }
    for one in &mut found {
        let has = |name: &str| {
            one.files
                .iter()
                .any(|path| path.ends_with(&format!("/{name}")))
        };
        let (record, done) = (has(RECORD), has(DONE));
        if record {
            one.record = read(&format!("{}/{RECORD}", one.folder))?;
        }
        if done {
            // An answer that can't be read is an answer all the same: the person has posted.
            one.done = Some(read(&format!("{}/{DONE}", one.folder))?.unwrap_or_default());
        }
    }
    // The mark is short: another post may share it.
    found.retain(|one| {
        one.record
            .as_ref()
            .is_none_or(|record| record.key.starts_with(key))
    });
    Ok(found)
}

fn there(account: &Account, effect: &Effect) -> Result<Option<Receipt>> {
    Ok(find(account, &effect.key)?.into_iter().find_map(|one| {
        let record = one.record?;
        Some(receipt(account, &one.folder, &record, one.done.as_ref()))
    }))
}

impl Publisher for Handoff {
    fn delivery(_account: Account) -> Result<Terms> {
        Ok(Terms {
            repeat: Repeat::ByKey,
            removable: true,
            editable: false,
        })
    }

    fn publish(
        account: Account,
        effect: Effect,
        composed: Composed,
        _progress: Option<String>,
    ) -> Result<Advance> {
        // The text may have changed since the first try, and with it the folder's name; the key has not.
        if let Some(receipt) = there(&account, &effect)? {
            return Ok(Advance::Done(receipt));
        }
        let folder = format!(
            "{}/{}",
            place::root(&account)?,
            place::name(&effect, &composed)
        );
        let at = clock::now();
        for (name, content) in bundle::files(&account, &effect, &composed, at) {
            files::write(&format!("{folder}/{name}"), &content)?;
        }
        let record = Record {
            key: effect.key,
            handed_over: at,
        };
        Ok(Advance::Done(receipt(&account, &folder, &record, None)))
    }

    fn find(
        account: Account,
        effect: Effect,
        _composed: Composed,
        _progress: Option<String>,
    ) -> Result<Finding> {
        Ok(match there(&account, &effect)? {
            Some(receipt) => Finding::There(Advance::Done(receipt)),
            None => Finding::Absent,
        })
    }

    fn edit(_account: Account, _receipt: Receipt, _composed: Composed) -> Result<Receipt> {
        Err(Error::Unsupported(
            "a person may be posting it already: change it with them".into(),
        ))
    }

    fn remove(account: Account, receipt: Receipt) -> Result<()> {
        let found = find(&account, &receipt.id)?;
        if let Some(one) = found.iter().find(|one| one.done.is_some()) {
            let message = format!(
                "somebody has posted it ({}): take it away on the network",
                one.folder
            );
            return Err(Error::Permanent(message));
        }
        for one in found {
            // The record goes first: what is left of a removal that was cut off is no post.
            let record = format!("{}/{RECORD}", one.folder);
            files::remove(&record)?;
            for path in one.files.iter().filter(|path| **path != record) {
                files::remove(path)?;
            }
        }
        Ok(())
    }
}
