//! The imports that reach outside: HTTP in its forms, web sockets, mail, signatures. Each does one exchange and keeps
//! the start of what came back.

use staffetta_plugin::serde_json::{Value, json};
use staffetta_plugin::{blob, http, mail, sign, websocket};

use crate::probe::{Failed, Probe, Tried};

/// How much of an answer is kept.
const KEPT: usize = 4096;

impl From<http::Failure> for Failed {
    fn from(failure: http::Failure) -> Self {
        match failure {
            http::Failure::Denied(message) => Self("denied", message),
            http::Failure::Invalid(message) => Self("invalid", message),
            http::Failure::NotSent(message) => Self("not-sent", message),
            http::Failure::NoAnswer(message) => Self("no-answer", message),
            http::Failure::TooLarge(limit) => Self("too-large", limit.to_string()),
        }
    }
}

/// What stands for the secret.
pub fn placeholder(p: &Probe) -> Result<String, Failed> {
    Ok(http::secret(&p.secret, "", http::Encoding::Raw)?)
}

/// A blob of the configured text.
pub fn written(p: &Probe) -> Result<String, Failed> {
    let writer = blob::Writer::new("text/plain");
    writer.write(p.text.as_bytes())?;
    Ok(blob::Writer::finish(writer)?)
}

/// One exchange in the form that the probe's name says.
pub fn http(p: &Probe) -> Tried {
    let mut request = http::Request {
        method: p.method.clone(),
        url: p.url.clone(),
        headers: Vec::new(),
        body: http::Body::Empty,
        timeout_ms: None,
        into: http::Into::Memory(u32::try_from(p.bytes).unwrap_or(u32::MAX)),
        capture: Vec::new(),
    };
    match p.probe.as_str() {
        "http-secret" => {
            let value = format!("Bearer {}", placeholder(p)?);
            request.headers.push(http::Header {
                name: "authorization".into(),
                value,
            });
        }
        "http-header" => request.headers.push(http::Header {
            name: p.path.clone(),
            value: p.text.clone(),
        }),
        "http-capture" => request.capture.push(http::Capture {
            pointer: p.pointer.clone(),
            name: p.secret.clone(),
        }),
        "http-blob" => {
            request.body = http::Body::Whole(http::Content::Blob(written(p)?));
        }
        "http-into-blob" => request.into = http::Into::Blob(p.bytes),
        _ if !p.text.is_empty() => {
            request.body = http::Body::Whole(http::Content::Text(p.text.clone()));
        }
        _ => {}
    }
    let response = http::send(&request)?;
    let body = match &response.blob {
        Some(id) => blob::read(id, 0, KEPT as u32)?,
        None => response.body.iter().take(KEPT).copied().collect(),
    };
    let headers: Vec<Value> = response
        .headers
        .iter()
        .map(|h| json!([h.name, h.value]))
        .collect();
    Ok(
        json!({"status": response.status, "url": response.url, "headers": headers, "body": String::from_utf8_lossy(&body)}),
    )
}

/// Sends the text and waits for one message.
pub fn websocket(p: &Probe) -> Tried {
    let connection = websocket::Connection::open(&p.url, &[], 5000)?;
    connection.send(&websocket::Message::Text(p.text.clone()))?;
    Ok(match connection.receive(5000)? {
        Some(websocket::Message::Text(text)) => json!(text),
        Some(websocket::Message::Binary(bytes)) => json!(bytes),
        None => Value::Null,
    })
}

/// A message to the address in `account`.
pub fn mail(p: &Probe) -> Tried {
    let blob = written(p)?;
    let answer = mail::send(&mail::Message {
        from: "probe@example.org".into(),
        to: vec![p.account.clone()],
        reply_to: None,
        subject: "A probe".into(),
        text: p.text.clone(),
        html: Some(format!("<p>{}</p>", p.text)),
        headers: vec![http::Header {
            name: "Message-ID".into(),
            value: "<probe@example.org>".into(),
        }],
        attachments: vec![mail::Attachment {
            filename: "probe.txt".into(),
            media_type: "text/plain".into(),
            content_id: None,
            blob,
        }],
    })?;
    Ok(answer.into())
}

fn algorithm(p: &Probe) -> Result<sign::Algorithm, Failed> {
    Ok(match p.algorithm.as_str() {
        "hmac-sha1" => sign::Algorithm::HmacSha1,
        "hmac-sha256" => sign::Algorithm::HmacSha256,
        "hmac-sha512" => sign::Algorithm::HmacSha512,
        "rs256" => sign::Algorithm::Rs256,
        "es256" => sign::Algorithm::Es256,
        "ed25519" => sign::Algorithm::Ed25519,
        "schnorr-secp256k1" => sign::Algorithm::SchnorrSecp256k1,
        other => return Err(Failed("unknown-algorithm", other.into())),
    })
}

/// The key in the form that goes with the algorithm.
fn key(p: &Probe, algorithm: sign::Algorithm) -> sign::Key {
    let form = match algorithm {
        sign::Algorithm::Rs256 | sign::Algorithm::Es256 => sign::KeyForm::Pem,
        sign::Algorithm::Ed25519 | sign::Algorithm::SchnorrSecp256k1 => sign::KeyForm::Hex,
        _ => sign::KeyForm::Utf8,
    };
    let secrets = p.secret.split(',').map(String::from).collect();
    sign::Key { secrets, form }
}

/// Signs the text; several secrets are parted by commas.
pub fn sign(p: &Probe) -> Tried {
    let algorithm = algorithm(p)?;
    let signed = sign::sign(algorithm, &key(p, algorithm), p.text.as_bytes())?;
    Ok(hex(&signed).into())
}

/// The public half of the key.
pub fn public_key(p: &Probe) -> Tried {
    let algorithm = algorithm(p)?;
    Ok(hex(&sign::public_key(algorithm, &key(p, algorithm))?).into())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
