//! Puts composed parts out, one change a call: first each blob, then each record under a key that follows from the
//! effect. The same call again writes the same record under the same key, which the server takes as "nothing to do".
//! `find` reads what a call would have written. Waiting and repeating are the host's.

use staffetta_plugin::exports::publisher::{Advance, Continuation, Effect, Finding};
use staffetta_plugin::http::Content;
use staffetta_plugin::serde::{Deserialize, Serialize};
use staffetta_plugin::serde_json::{self, Value, json};
use staffetta_plugin::{Account, Composed, Error, Result, Severity, Violation};

use crate::record::{Address, Blob, Reference, Reply, Work, receipt, reply_of, rfc3339};
use crate::session::Client;
use crate::tid::Tid;
use crate::transport::Transport;
use crate::xrpc::{self, Answer, Call};
use crate::{COLLECTION, cid};

/// The version of `Progress`.
const VERSION: u32 = 1;

/// What is done so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "staffetta_plugin::serde", deny_unknown_fields)]
struct Progress {
    version: u32,
    did: String,
    /// Blobs uploaded.
    blobs: usize,
    /// Set after the server had thrown away blobs that waited too long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    again: bool,
    /// What the first part answers, once it was looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<Reply>,
    /// Records written.
    done: Vec<Reference>,
}

/// What the next call does.
enum Step<'w> {
    LookUp(&'w str),
    Upload(&'w Blob),
    Write(usize),
    Nothing,
}

/// One publication under way.
struct Publication<'a, T: Transport> {
    client: Client<'a, T>,
    account: &'a Account,
    effect: &'a Effect,
    work: Work,
    progress: Progress,
}

/// Makes at most one change outside.
///
/// # Errors
/// See the contract; a change without an answer is `in-doubt`.
pub fn publish<T: Transport>(
    transport: &T,
    account: &Account,
    effect: &Effect,
    composed: &Composed,
    progress: Option<&str>,
) -> Result<Advance> {
    let publication = Publication::open(transport, account, effect, composed, progress)?;
    match publication.step() {
        Step::LookUp(uri) => publication.look_up(uri),
        Step::Upload(blob) => publication.upload(blob),
        Step::Write(part) => publication.write(part),
        Step::Nothing => publication.finish(),
    }
}

/// Tells whether the call with the same arguments has happened.
///
/// # Errors
/// When the server can't be asked now.
pub fn find<T: Transport>(
    transport: &T,
    account: &Account,
    effect: &Effect,
    composed: &Composed,
    progress: Option<&str>,
) -> Result<Finding> {
    let publication = Publication::open(transport, account, effect, composed, progress)?;
    match publication.step() {
        // Both are harmless to repeat: nobody sees a blob that no record names.
        Step::LookUp(_) | Step::Upload(_) => Ok(Finding::Absent),
        Step::Write(part) => publication.look_for(part),
        Step::Nothing => publication.finish().map(Finding::There),
    }
}

impl<'a, T: Transport> Publication<'a, T> {
    fn open(
        transport: &'a T,
        account: &'a Account,
        effect: &'a Effect,
        composed: &Composed,
        progress: Option<&str>,
    ) -> Result<Self> {
        let work = Work::of(composed)?;
        let client = Client::new(transport, account)?;
        let progress = match progress {
            Some(text) => {
                let known: Progress = serde_json::from_str(text)
                    .ok()
                    .filter(|p: &Progress| p.version == VERSION)
                    .ok_or_else(|| {
                        Error::Permanent("the progress is of another version of this plugin".into())
                    })?;
                client.assume(&known.did);
                known
            }
            None => Progress {
                version: VERSION,
                did: client.did()?,
                ..Progress::default()
            },
        };
        Ok(Self {
            client,
            account,
            effect,
            work,
            progress,
        })
    }

    fn step(&self) -> Step<'_> {
        if let (Some(uri), None) = (&self.work.reply_to, &self.progress.reply) {
            return Step::LookUp(uri);
        }
        if let Some(blob) = self.work.blobs.get(self.progress.blobs) {
            return Step::Upload(blob);
        }
        let next = self.progress.done.len();
        if next < self.work.payloads.len() {
            Step::Write(next)
        } else {
            Step::Nothing
        }
    }

    /// The answered post's version and the beginning of its conversation. Journaled before anything is written, so that
    /// every try writes the same record.
    fn look_up(&self, uri: &str) -> Result<Advance> {
        let reply = answered(&self.client, uri)?;
        let progress = Progress {
            reply: Some(reply),
            ..self.progress.clone()
        };
        Ok(again(&progress, "the answered post was found".into()))
    }

    fn upload(&self, blob: &Blob) -> Result<Advance> {
        upload(&self.client, blob)?;
        let progress = Progress {
            blobs: self.progress.blobs + 1,
            ..self.progress.clone()
        };
        Ok(again(
            &progress,
            format!(
                "file {} of {} uploaded",
                progress.blobs,
                self.work.blobs.len()
            ),
        ))
    }

    fn write(&self, part: usize) -> Result<Advance> {
        let body = json!({
            "repo": self.progress.did,
            "collection": COLLECTION,
            "rkey": self.key(part),
            "record": self.record(part)?,
            // "Only if there is none yet": another record under this key is never overwritten.
            "swapRecord": null,
        });
        let call = Call::post(
            "publishing the post",
            "com.atproto.repo.putRecord",
            xrpc::Effect::Change,
            &body,
        );
        let answer = self.client.authorised(&call)?;
        match answer.error() {
            "InvalidSwap" => match self.look_for(part)? {
                Finding::There(advance) => Ok(advance),
                Finding::Absent => Err(Error::Temporary(
                    "the server says that the post is there and is not".into(),
                )),
                Finding::Unknown(why) => Err(Error::Permanent(why)),
            },
            // Servers keep a blob that no record names only for some time.
            "BlobNotFound" if !self.progress.again => {
                let progress = Progress {
                    blobs: 0,
                    again: true,
                    ..self.progress.clone()
                };
                Ok(again(
                    &progress,
                    "the server had thrown the files away: they are uploaded again".into(),
                ))
            }
            _ => {
                let answer = self.client.expect(&call, answer)?;
                self.written(Reference {
                    uri: answer.text(&call, "/uri")?,
                    cid: answer.text(&call, "/cid")?,
                })
            }
        }
    }

    fn look_for(&self, part: usize) -> Result<Finding> {
        let key = self.key(part);
        let call = get_record(&self.progress.did, COLLECTION, &key);
        let answer = self.client.open(&call)?;
        if answer.status == 400 && answer.error() == "RecordNotFound" {
            return Ok(Finding::Absent);
        }
        if !answer.ok() {
            return match answer.refusal(&call, self.client.transport.now()) {
                // The host knows by itself to ask again later.
                later @ (Error::RateLimited(_) | Error::Temporary(_)) => Err(later),
                other => Ok(Finding::Unknown(format!("{other:?}"))),
            };
        }
        if answer.json["value"] != self.record(part)? {
            return Ok(Finding::Unknown(format!(
                "another record stands under the key {key}"
            )));
        }
        let found = Reference {
            uri: answer.text(&call, "/uri")?,
            cid: answer.text(&call, "/cid")?,
        };
        self.written(found).map(Finding::There)
    }

    /// What comes after a part is written.
    fn written(&self, reference: Reference) -> Result<Advance> {
        let mut progress = self.progress.clone();
        progress.done.push(reference);
        let (done, all) = (progress.done.len(), self.work.payloads.len());
        if done < all {
            return Ok(again(
                &progress,
                format!("post {done} of {all} of the thread is out"),
            ));
        }
        receipt(
            self.account,
            self.effect.intended,
            &progress.did,
            &progress.done,
        )
        .map(Advance::Done)
    }

    fn finish(&self) -> Result<Advance> {
        receipt(
            self.account,
            self.effect.intended,
            &self.progress.did,
            &self.progress.done,
        )
        .map(Advance::Done)
    }

    fn key(&self, part: usize) -> String {
        Tid::of(&self.effect.key, self.effect.intended, part).to_string()
    }

    fn record(&self, part: usize) -> Result<Value> {
        let reply = reply_of(&self.progress.done, self.progress.reply.as_ref());
        Ok(self
            .work
            .record(part, &rfc3339(self.effect.intended)?, reply.as_ref()))
    }
}

fn again(progress: &Progress, note: String) -> Advance {
    Advance::Again(Continuation {
        progress: json!(progress).to_string(),
        not_before: None,
        note,
    })
}

/// Reads one record.
fn get_record(did: &str, collection: &str, key: &str) -> Call {
    Call::get("reading the post", "com.atproto.repo.getRecord")
        .with("repo", did)
        .with("collection", collection)
        .with("rkey", key)
}

/// What an answer to `uri` must name.
///
/// # Errors
/// `invalid-content` when there is no such post.
pub fn answered<T: Transport>(client: &Client<'_, T>, uri: &str) -> Result<Reply> {
    let gone = || {
        Error::InvalidContent(vec![Violation {
            code: "reply-to-gone".into(),
            field: "reply-to".into(),
            message: format!("the post to answer is not there: {uri}"),
            severity: Severity::Refuse,
            actual: None,
            limit: None,
            unit: String::new(),
        }])
    };
    let address = Address::of(uri).ok_or_else(gone)?;
    let call = get_record(address.did, address.collection, address.key);
    let answer: Answer = client.open(&call)?;
    if answer.status == 400 {
        return Err(gone());
    }
    let answer = client.expect(&call, answer)?;
    let parent = Reference {
        uri: answer.text(&call, "/uri")?,
        cid: answer.text(&call, "/cid")?,
    };
    let root = serde_json::from_value(answer.json["value"]["reply"]["root"].clone())
        .unwrap_or_else(|_| parent.clone());
    Ok(Reply { root, parent })
}

/// Uploads one blob and verifies that the server holds exactly what the payload names.
///
/// # Errors
/// `invalid-content` when the server sees another type of file in it; `permanent` when it stored other bytes.
pub fn upload<T: Transport>(client: &Client<'_, T>, blob: &Blob) -> Result<()> {
    let id = cid::to_blob(&blob.cid)
        .ok_or_else(|| Error::Permanent(format!("{} names no stored file", blob.cid)))?;
    let name = "com.atproto.repo.uploadBlob";
    let call = Call::send(
        "uploading a file",
        name,
        &blob.media_type,
        Content::Blob(id),
    );
    let answer = client.authorised(&call)?;
    let answer = client.expect(&call, answer)?;
    let stored = answer.text(&call, "/blob/ref/$link")?;
    if stored != blob.cid || answer.json["blob"]["size"].as_u64() != Some(blob.bytes) {
        return Err(Error::Permanent(format!(
            "the server stored {stored} and not {}",
            blob.cid
        )));
    }
    let media_type = answer.text(&call, "/blob/mimeType")?;
    if media_type != blob.media_type {
        return Err(Error::InvalidContent(vec![Violation {
            code: "media-type".into(),
            field: "media".into(),
            message: format!("the file is {media_type} and not {}", blob.media_type),
            severity: Severity::Refuse,
            actual: None,
            limit: None,
            unit: String::new(),
        }]));
    }
    Ok(())
}
