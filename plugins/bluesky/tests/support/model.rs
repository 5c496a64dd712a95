//! A server in memory that behaves as the real one was seen to: sessions that expire, `putRecord` that compares, blobs
//! that are sniffed and thrown away, limits by `RateLimit-*` headers. Also the host's part: placeholders, captures.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest, Sha256};
use staffetta_plugin::http::{Body, Content, Encoding, Failure, Header, Request, Response};
use staffetta_plugin::serde_json::{self, Value, json};

use plugin_bluesky::cid;
use plugin_bluesky::tid::Tid;
use plugin_bluesky::transport::Transport;

pub const DID: &str = "did:plc:acme";
pub const NOW: i64 = super::INTENDED + 5_000;

#[derive(Default)]
pub struct Model {
    pub records: RefCell<BTreeMap<String, Value>>,
    pub uploaded: RefCell<HashSet<String>>,
    /// What the host holds, by blob id.
    pub files: RefCell<HashMap<String, Vec<u8>>>,
    pub secrets: RefCell<HashMap<String, String>>,
    pub store: RefCell<HashMap<String, String>>,
    /// Every request: method name and status; 0 for none.
    pub log: RefCell<Vec<(String, u16)>>,
    /// Headers of the last request, placeholders filled in.
    pub headers: RefCell<HashMap<String, String>>,
    /// Access tokens that are good now.
    valid: RefCell<HashSet<String>>,
    serial: Cell<u32>,
    /// Answers given instead of the model's own, by method name.
    pub canned: RefCell<HashMap<String, Vec<(u16, Value)>>>,
    /// The next call of this method does its work, and its answer is lost.
    pub lose_answer_of: RefCell<Option<String>>,
    /// What the server takes each file for.
    pub sniffed: RefCell<Option<String>>,
    pub pds: RefCell<Option<String>>,
    pub asked: RefCell<Vec<String>>,
}

impl Model {
    pub fn new() -> Self {
        let model = Self::default();
        model
            .secrets
            .borrow_mut()
            .insert("app-password".into(), "pass\"word".into());
        model
    }

    pub fn hold(&self, bytes: &[u8]) {
        self.files
            .borrow_mut()
            .insert(super::blob_id(bytes), bytes.to_vec());
    }

    /// As after two hours.
    pub fn expire_sessions(&self) {
        self.valid.borrow_mut().clear();
    }

    pub fn calls(&self, name: &str) -> usize {
        self.log.borrow().iter().filter(|(n, _)| n == name).count()
    }

    fn fill(&self, text: &str) -> String {
        let mut text = text.to_string();
        for (name, value) in self.secrets.borrow().iter() {
            text = text.replace(&format!("<<{name}>>"), value);
            let escaped = Value::from(value.as_str()).to_string();
            text = text.replace(&format!("<<{name}|json>>"), &escaped[1..escaped.len() - 1]);
        }
        text
    }

    fn session(&self) -> (u16, Value) {
        self.serial.set(self.serial.get() + 1);
        let access = format!("access-{}", self.serial.get());
        self.valid.borrow_mut().insert(access.clone());
        let refresh = format!("refresh-{}", self.serial.get());
        let mut answer =
            json!({"accessJwt": access, "refreshJwt": refresh, "handle": "acme.test", "did": DID});
        if let Some(pds) = &*self.pds.borrow() {
            answer["didDoc"] = json!({"service": [{"id": "#atproto_pds", "serviceEndpoint": pds}]});
        }
        (200, answer)
    }

    fn answer(
        &self,
        name: &str,
        query: &HashMap<String, String>,
        token: &str,
        body: &[u8],
    ) -> (u16, Value) {
        if let Some(answers) = self.canned.borrow_mut().get_mut(name)
            && !answers.is_empty()
        {
            return answers.remove(0);
        }
        let json: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        match name {
            "com.atproto.server.createSession" => {
                if json["identifier"] == "acme.test" && json["password"] == "pass\"word" {
                    return self.session();
                }
                return (
                    401,
                    json!({"error": "AuthenticationRequired", "message": "Invalid identifier or password"}),
                );
            }
            "com.atproto.server.refreshSession" => {
                assert!(body.is_empty(), "this method takes no body");
                if token.starts_with("refresh-")
                    && token == format!("refresh-{}", self.serial.get())
                {
                    return self.session();
                }
                return (
                    400,
                    json!({"error": "ExpiredToken", "message": "Token has expired"}),
                );
            }
            "com.atproto.repo.getRecord" => return self.get_record(query),
            _ => {}
        }
        if !self.valid.borrow().contains(token) {
            return (
                400,
                json!({"error": "ExpiredToken", "message": "Token has expired"}),
            );
        }
        match name {
            "com.atproto.server.getSession" => (200, json!({"did": DID, "handle": "acme.test"})),
            "com.atproto.repo.uploadBlob" => {
                let cid = cid::of_blob(&super::blob_id(body)).unwrap();
                self.uploaded.borrow_mut().insert(cid.clone());
                let media_type = self.sniffed.borrow().clone().unwrap_or("image/png".into());
                (
                    200,
                    json!({"blob": {"$type": "blob", "ref": {"$link": cid}, "mimeType": media_type, "size": body.len()}}),
                )
            }
            "com.atproto.repo.putRecord" => self.put_record(&json),
            "com.atproto.repo.deleteRecord" => {
                self.records
                    .borrow_mut()
                    .remove(json["rkey"].as_str().unwrap());
                (200, json!({}))
            }
            other => panic!("the model does not know {other}"),
        }
    }

    fn get_record(&self, query: &HashMap<String, String>) -> (u16, Value) {
        match self.records.borrow().get(&query["rkey"]) {
            Some(value) if query["repo"] == DID => (200, reference(&query["rkey"], value, true)),
            _ => (
                400,
                json!({"error": "RecordNotFound", "message": "Could not locate record"}),
            ),
        }
    }

    fn put_record(&self, body: &Value) -> (u16, Value) {
        let key = body["rkey"].as_str().unwrap();
        if body["repo"] != DID
            || body["collection"] != "app.bsky.feed.post"
            || Tid::parse(key).is_none()
        {
            return (
                400,
                json!({"error": "InvalidRequest", "message": "Invalid record key"}),
            );
        }
        let record = &body["record"];
        assert!(record["createdAt"].is_string() && record["text"].is_string());
        let mut missing = Vec::new();
        blobs(record, &mut |cid| {
            if !self.uploaded.borrow().contains(cid) {
                missing.push(cid.to_string());
            }
        });
        if !missing.is_empty() {
            return (
                400,
                json!({"error": "BlobNotFound", "message": "Could not find blob"}),
            );
        }
        let mut records = self.records.borrow_mut();
        if let Some(old) = records.get(key)
            && old != record
            && body.get("swapRecord") == Some(&Value::Null)
        {
            return (
                400,
                json!({"error": "InvalidSwap", "message": "Record was at another version"}),
            );
        }
        let old = records.insert(key.into(), record.clone());
        // A blob goes with the last record that names it.
        blobs(&old.unwrap_or_default(), &mut |cid| {
            if !records.values().any(|r| r.to_string().contains(cid)) {
                self.uploaded.borrow_mut().remove(cid);
            }
        });
        (200, reference(key, record, false))
    }
}

fn reference(key: &str, value: &Value, whole: bool) -> Value {
    let cid: String = Sha256::digest(value.to_string())
        .iter()
        .take(8)
        .map(|b| format!("{b:02x}"))
        .collect();
    let mut answer = json!({"uri": format!("at://{DID}/app.bsky.feed.post/{key}"), "cid": format!("bafyrei{cid}")});
    if whole {
        answer["value"] = value.clone();
    }
    answer
}

fn blobs(value: &Value, each: &mut impl FnMut(&str)) {
    if value["$type"] == "blob" {
        each(value["ref"]["$link"].as_str().unwrap());
    }
    match value {
        Value::Object(fields) => fields.values().for_each(|v| blobs(v, each)),
        Value::Array(items) => items.iter().for_each(|v| blobs(v, each)),
        _ => {}
    }
}

impl Transport for Model {
    fn send(&self, request: Request, keep: bool) -> Result<(Response, Option<String>), Failure> {
        let (server, rest) = request.url.split_once("/xrpc/").unwrap();
        self.asked.borrow_mut().push(server.into());
        let (name, query) = rest.split_once('?').unwrap_or((rest, ""));
        let query: HashMap<String, String> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(n, v)| {
                (
                    n.into(),
                    percent_encoding::percent_decode_str(v)
                        .decode_utf8()
                        .unwrap()
                        .into_owned(),
                )
            })
            .collect();
        let body = match &request.body {
            Body::Empty => Vec::new(),
            Body::Whole(Content::Text(text)) => self.fill(text).into_bytes(),
            Body::Whole(Content::Bytes(bytes)) => bytes.clone(),
            Body::Whole(Content::Blob(id)) => match self.files.borrow().get(id) {
                Some(bytes) => bytes.clone(),
                None => {
                    return Err(Failure::Invalid(
                        "a blob that this call was not given".into(),
                    ));
                }
            },
            Body::Multipart(_) => panic!("nothing here is a form"),
        };
        let headers: HashMap<String, String> = request
            .headers
            .iter()
            .map(|h| (h.name.clone(), self.fill(&h.value)))
            .collect();
        let token = headers
            .get("authorization")
            .and_then(|h| h.strip_prefix("Bearer "))
            .unwrap_or("")
            .to_string();
        *self.headers.borrow_mut() = headers;
        let (status, mut json) = self.answer(name, &query, &token, &body);
        if self.lose_answer_of.borrow().as_deref() == Some(name) {
            *self.lose_answer_of.borrow_mut() = None;
            self.log.borrow_mut().push((name.into(), 0));
            return Err(Failure::NoAnswer("the connection was closed".into()));
        }
        self.log.borrow_mut().push((name.into(), status));
        for capture in &request.capture {
            if let Some(place) = json.pointer_mut(&capture.pointer) {
                let value = place.as_str().unwrap().to_string();
                self.secrets
                    .borrow_mut()
                    .insert(capture.name.clone(), value);
                *place = "<captured>".into();
            }
        }
        let reset = Header {
            name: "ratelimit-reset".into(),
            value: (NOW / 1000 + 200).to_string(),
        };
        let response = Response {
            status,
            headers: vec![reset],
            body: json.to_string().into_bytes(),
            blob: None,
            url: request.url,
        };
        Ok((response, keep.then(|| "sha256:raw".into())))
    }

    fn secret(&self, name: &str, encoding: Encoding) -> Option<String> {
        let mark = if encoding == Encoding::Json {
            "|json"
        } else {
            ""
        };
        self.secrets
            .borrow()
            .contains_key(name)
            .then(|| format!("<<{name}{mark}>>"))
    }

    fn now(&self) -> i64 {
        NOW
    }

    fn load(&self, key: &str) -> Option<String> {
        self.store.borrow().get(key).cloned()
    }

    fn save(&self, key: &str, value: &str) {
        self.store.borrow_mut().insert(key.into(), value.into());
    }
}
