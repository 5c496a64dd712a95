//! The host's side of `fetch::Outside`: HTTP or a file of the project into a blob that is read in ranges, and the clock.

use staffetta_plugin::types::{Error, Page, Record};
use staffetta_plugin::{Request, blob, clock, expect_status, files};

use crate::document::Bytes;
use crate::fetch::{Answer, Outside};

/// Bytes of one document. The largest podcast feeds have about 30 MiB.
const LARGEST: u64 = 64 << 20;

/// The host that runs this plugin.
#[derive(Debug)]
pub struct Host;

/// A document in the host's store.
#[derive(Debug)]
pub struct Stored(String);

impl Bytes for Stored {
    fn name(&self) -> &str {
        &self.0
    }

    fn read(&self, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        Ok(blob::read(&self.0, offset, length)?)
    }
}

impl Outside for Host {
    type Body = Stored;

    fn get(
        &self,
        url: &str,
        etag: Option<&str>,
        modified: Option<&str>,
    ) -> Result<Answer<Stored>, Error> {
        if !is_address(url) {
            return file(url);
        }
        let what = format!("fetching {url}");
        let mut request = Request::new(&what, "GET", url).into_blob(LARGEST).header(
            "accept",
            "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
        );
        if let Some(etag) = etag {
            request = request.header("if-none-match", etag);
        }
        if let Some(modified) = modified {
            request = request.header("if-modified-since", modified);
        }
        let response = request.answer()?;
        let unchanged = response.status == 304;
        let response = if unchanged {
            response
        } else {
            expect_status(&what, response)?
        };
        let header = |name: &str| {
            response
                .headers
                .iter()
                .find(|h| h.name == name)
                .map(|h| h.value.clone())
        };
        let body = match (unchanged, &response.blob) {
            (true, _) => None,
            (false, Some(blob)) => Some(Stored(blob.clone())),
            (false, None) => {
                return Err(Error::Permanent(format!(
                    "{url} is empty: the server answered without a document"
                )));
            }
        };
        Ok(Answer {
            etag: header("etag"),
            modified: header("last-modified"),
            content_type: header("content-type"),
            url: response.url.clone(),
            body,
        })
    }

    fn now(&self) -> i64 {
        clock::now()
    }
}

fn is_address(feed: &str) -> bool {
    let begins = |scheme: &str| {
        feed.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    begins("http://") || begins("https://")
}

/// A feed's file. The name of its bytes tells whether it changed.
fn file(path: &str) -> Result<Answer<Stored>, Error> {
    Ok(Answer {
        url: path.into(),
        etag: None,
        modified: None,
        content_type: None,
        body: Some(Stored(files::open(path)?)),
    })
}

/// Takes the bytes of media from a folder of the project where it has a file of that name; the others keep their
/// address.
pub fn with_media(mut page: Page, folder: &str) -> Page {
    for record in &mut page.records {
        let Record::Post(post) = record else { continue };
        for media in &mut post.media {
            let url = media.url.as_deref().unwrap_or_default();
            let path = url.split(['?', '#']).next().unwrap_or_default();
            let name = path.rsplit('/').next().unwrap_or_default();
            if !name.is_empty() {
                media.blob = files::open(&format!("{}/{name}", folder.trim_end_matches('/'))).ok();
            }
        }
    }
    page
}
