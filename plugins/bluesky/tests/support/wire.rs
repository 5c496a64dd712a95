//! A transport of plain HTTP without TLS, for a server on this machine. Also the host's part: placeholders, captures.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Read;
use std::time::{SystemTime, UNIX_EPOCH};

use plugin_bluesky::transport::Transport;
use staffetta_plugin::http::{Body, Content, Encoding, Failure, Header, Request, Response};
use staffetta_plugin::serde_json::{self, Value};

#[derive(Default)]
pub struct Wire {
    pub secrets: RefCell<HashMap<String, String>>,
    pub store: RefCell<HashMap<String, String>>,
    pub files: RefCell<HashMap<String, Vec<u8>>>,
    /// The methods that were called.
    pub names: RefCell<Vec<String>>,
}

impl Wire {
    fn fill(&self, text: &str) -> String {
        let secrets = self.secrets.borrow();
        secrets
            .iter()
            .fold(text.to_string(), |text, (name, value)| {
                text.replace(&format!("<<{name}>>"), value)
            })
    }

    pub fn ask(&self, server: &str, name: &str, token: Option<&str>, body: Value) -> Value {
        let mut headers = vec![Header {
            name: "content-type".into(),
            value: "application/json".into(),
        }];
        headers.extend(token.map(|t| Header {
            name: "authorization".into(),
            value: format!("Bearer {t}"),
        }));
        let request = Request {
            method: "POST".into(),
            url: format!("{server}/xrpc/{name}"),
            headers,
            body: Body::Whole(Content::Text(body.to_string())),
            timeout_ms: None,
            into: staffetta_plugin::http::Into::Memory(1 << 20),
            capture: Vec::new(),
        };
        let (response, _) = self.send(request, false).unwrap();
        assert_eq!(
            response.status,
            200,
            "{name}: {}",
            String::from_utf8_lossy(&response.body)
        );
        serde_json::from_slice(&response.body).unwrap()
    }
}

impl Transport for Wire {
    fn send(&self, request: Request, _keep: bool) -> Result<(Response, Option<String>), Failure> {
        let name = request
            .url
            .split("/xrpc/")
            .nth(1)
            .unwrap()
            .split('?')
            .next()
            .unwrap();
        self.names.borrow_mut().push(name.into());
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut http = ureq::http::Request::builder()
            .method(request.method.as_str())
            .uri(&request.url);
        for header in &request.headers {
            http = http.header(&header.name, self.fill(&header.value));
        }
        let body = match &request.body {
            Body::Empty => Vec::new(),
            Body::Whole(Content::Text(text)) => self.fill(text).into_bytes(),
            Body::Whole(Content::Bytes(bytes)) => bytes.clone(),
            Body::Whole(Content::Blob(id)) => self.files.borrow()[id].clone(),
            Body::Multipart(_) => panic!("nothing here is a form"),
        };
        if body.is_empty() && request.method == "POST" {
            // Otherwise the client sends an empty stream, which the server takes for a body.
            http = http.header("content-length", "0");
        }
        let sent = match request.body {
            Body::Empty => agent.run(http.body(()).unwrap()),
            _ => agent.run(http.body(body).unwrap()),
        };
        let mut answer = sent.map_err(|error| Failure::NoAnswer(error.to_string()))?;

        let mut bytes = Vec::new();
        answer
            .body_mut()
            .as_reader()
            .read_to_end(&mut bytes)
            .unwrap();
        if let Ok(mut json) = serde_json::from_slice::<Value>(&bytes) {
            for capture in &request.capture {
                if let Some(place) = json.pointer_mut(&capture.pointer) {
                    self.secrets
                        .borrow_mut()
                        .insert(capture.name.clone(), place.as_str().unwrap().into());
                    *place = "<captured>".into();
                }
            }
            bytes = json.to_string().into_bytes();
        }
        let headers = answer
            .headers()
            .iter()
            .map(|(n, v)| Header {
                name: n.to_string(),
                value: v.to_str().unwrap_or_default().into(),
            })
            .collect();
        let response = Response {
            status: answer.status().as_u16(),
            headers,
            body: bytes,
            blob: None,
            url: request.url,
        };
        Ok((response, None))
    }

    fn secret(&self, name: &str, _encoding: Encoding) -> Option<String> {
        self.secrets
            .borrow()
            .contains_key(name)
            .then(|| format!("<<{name}>>"))
    }

    fn now(&self) -> i64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_millis() as i64
    }

    fn load(&self, key: &str) -> Option<String> {
        self.store.borrow().get(key).cloned()
    }

    fn save(&self, key: &str, value: &str) {
        self.store.borrow_mut().insert(key.into(), value.into());
    }
}
