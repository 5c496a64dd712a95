//! HTTP for plugins, behind the grant: which hosts, at which addresses, how much, how long.
//!
//! Nothing is retried here, and redirects are followed only inside the grant.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use tracing::Instrument;

use super::grants::{Grants, HostGrant, is_public};
use super::{HostState, blob};
use crate::contract::imports::http::{
    Body, Content, Encoding, Failure, Header, Host, Into as Destination, Request, Response,
};

/// Longest whole exchange.
const MOST_TIME: Duration = Duration::from_secs(300);
/// Whole exchange unless the plugin says otherwise.
const USUAL_TIME: Duration = Duration::from_secs(60);
/// Largest answer kept in memory.
const MOST_MEMORY: u64 = 16 << 20;
/// Largest answer kept as a blob.
const MOST_BLOB: u64 = 2 << 30;
/// Redirects that are followed.
const MOST_REDIRECTS: usize = 8;

/// Two clients: one that reaches only public addresses, and one for hosts that the operator named.
#[derive(Clone)]
pub struct Clients {
    public: reqwest::Client,
    named: reqwest::Client,
}

impl Clients {
    /// Sets both up.
    ///
    /// # Errors
    /// When TLS can't be set up on this system.
    pub fn new() -> reqwest::Result<Self> {
        // Only the first call in a process can install it; a later one finds the same provider there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = || {
            reqwest::Client::builder()
                .user_agent(concat!("staffetta/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(Duration::from_secs(15))
                // Proxies from the environment would be ambient power.
                .no_proxy()
        };
        Ok(Self {
            public: base().dns_resolver(Arc::new(PublicOnly)).build()?,
            named: base().build()?,
        })
    }
}

/// Resolves names to public addresses only: what is checked is what is connected to.
struct PublicOnly;

/// A name that leads to no public address.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0} has no public address; to reach a private network, grant the address itself or a name such as `{0}.internal`"
)]
struct NotPublic(String);

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_string();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic(host).into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

/// Which client may speak to that URL.
pub(super) fn admit<'a>(
    clients: &'a Clients,
    grants: &Grants,
    url: &Url,
) -> Result<&'a reqwest::Client, Failure> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Failure::Invalid(format!(
            "`{}` is not http or https",
            url.scheme()
        )));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::Invalid(
            "a URL with a user name in it is not sent".into(),
        ));
    }
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    match grants.host(&host, url.port_or_known_default().unwrap_or(0)) {
        HostGrant::Named => Ok(&clients.named),
        HostGrant::Public => Ok(&clients.public),
        HostGrant::Denied => Err(Failure::Denied(format!(
            "`http` to `{host}` is not granted; allow it with {}",
            hint(grants, &host)
        ))),
    }
}

fn hint(grants: &Grants, host: &str) -> String {
    // An IPv6 address has brackets and colons, which YAML would take for its own.
    let host = if host.contains(':') {
        format!("\"{host}\"")
    } else {
        host.to_string()
    };
    if grants.place.is_empty() {
        format!("`http: [{host}]` in the plugin's grants")
    } else {
        format!("{} http: [{host}]", grants.place)
    }
}

impl Host for HostState {
    async fn secret(
        &mut self,
        name: String,
        before: String,
        encoding: Encoding,
    ) -> wasmtime::Result<Result<String, Failure>> {
        self.enter()?;
        if let Some(why) = self.pure("http") {
            return Ok(Err(Failure::Denied(why)));
        }
        let Some(account) = self.context.account.clone() else {
            return Ok(Err(Failure::Invalid(
                "this step works for no account, so it has no secrets".into(),
            )));
        };
        let given = self
            .secrets
            .give(&self.services.vault, &account, &name, &before, encoding);
        Ok(given.map_err(|error| Failure::Invalid(error.to_string())))
    }

    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, Failure>> {
        self.enter()?;
        if let Some(why) = self.pure("http") {
            return Ok(Err(Failure::Denied(why)));
        }
        let span = tracing::debug_span!("http", plugin = %self.context.plugin, method = %request.method, url = %without_query(&request.url));
        let time = request.timeout_ms.map_or(USUAL_TIME, |ms| {
            Duration::from_millis(ms.into()).min(MOST_TIME)
        });
        let exchange = exchange(self, request).instrument(span);
        Ok(match tokio::time::timeout(time, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::NoAnswer(format!(
                "no whole answer within {} s",
                time.as_secs_f32()
            ))),
        })
    }
}

/// For logs: queries may hold secrets.
fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

async fn exchange(state: &mut HostState, request: Request) -> Result<Response, Failure> {
    let mut method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| Failure::Invalid(format!("`{}` is no HTTP method", request.method)))?;
    let mut url = parse(&state.secrets.fill(&request.url))?;
    let headers = headers(state, &request.headers)?;
    let mut body = Some(&request.body);
    for _ in 0..=MOST_REDIRECTS {
        let client = admit(&state.services.http, &state.context.grants, &url)?;
        let mut sending = client
            .request(method.clone(), url.clone())
            .headers(headers.clone());
        if let Some(body) = body {
            let with_body = matches!(method, Method::POST | Method::PUT | Method::PATCH);
            sending = fill_body(state, sending, body, with_body).await?;
        }
        let response = sending
            .send()
            .await
            .map_err(|error| failure(state, &error))?;
        let Some(next) = redirect(&url, &response) else {
            tracing::debug!(status = response.status().as_u16(), "answered");
            return answer(state, &request, response).await;
        };
        if !response.status().eq(&StatusCode::TEMPORARY_REDIRECT)
            && !response.status().eq(&StatusCode::PERMANENT_REDIRECT)
        {
            if method != Method::HEAD {
                method = Method::GET;
            }
            body = None;
        }
        let next = next?;
        if next.origin() != url.origin() && (!state.secrets.is_empty()) {
            // A login must not follow a redirect to somebody else.
            return Err(Failure::Denied(format!(
                "a redirect to {} is not followed with a secret in hand",
                next.host_str().unwrap_or_default()
            )));
        }
        url = next;
    }
    Err(Failure::Invalid(format!(
        "more than {MOST_REDIRECTS} redirects"
    )))
}

fn parse(url: &str) -> Result<Url, Failure> {
    Url::parse(url)
        .map_err(|error| Failure::Invalid(format!("not a URL that can be asked: {error}")))
}

fn redirect(from: &Url, response: &reqwest::Response) -> Option<Result<Url, Failure>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response
        .headers()
        .get(reqwest::header::LOCATION)?
        .to_str()
        .ok()?;
    Some(
        from.join(location)
            .map_err(|error| Failure::Invalid(format!("a redirect to no URL: {error}"))),
    )
}

fn headers(state: &HostState, wanted: &[Header]) -> Result<HeaderMap, Failure> {
    let mut map = HeaderMap::new();
    for header in wanted {
        let name = HeaderName::from_bytes(header.name.as_bytes())
            .map_err(|_| Failure::Invalid(format!("`{}` is no header name", header.name)))?;
        if matches!(
            name.as_str(),
            "host" | "content-length" | "transfer-encoding" | "connection" | "upgrade"
        ) {
            return Err(Failure::Invalid(format!(
                "the header `{name}` is the host's"
            )));
        }
        let mut value =
            HeaderValue::from_str(&state.secrets.fill(&header.value)).map_err(|_| {
                Failure::Invalid(format!(
                    "the header `{name}` has a value that can't be sent"
                ))
            })?;
        value.set_sensitive(true);
        map.append(name, value);
    }
    Ok(map)
}

async fn fill_body(
    state: &mut HostState,
    sending: reqwest::RequestBuilder,
    body: &Body,
    with_body: bool,
) -> Result<reqwest::RequestBuilder, Failure> {
    Ok(match body {
        // Some servers refuse a POST that says nothing of its length.
        Body::Empty if with_body => sending.header(reqwest::header::CONTENT_LENGTH, 0),
        Body::Empty => sending,
        Body::Whole(Content::Text(text)) => sending.body(state.secrets.fill(text)),
        Body::Whole(Content::Bytes(bytes)) => sending.body(bytes.clone()),
        Body::Whole(Content::Blob(id)) => {
            let (file, size) = open(state, id).await?;
            sending
                .header(reqwest::header::CONTENT_LENGTH, size)
                .body(file)
        }
        Body::Multipart(parts) => {
            let mut form = reqwest::multipart::Form::new();
            for part in parts {
                let mut made = match &part.content {
                    Content::Text(text) => reqwest::multipart::Part::text(state.secrets.fill(text)),
                    Content::Bytes(bytes) => reqwest::multipart::Part::bytes(bytes.clone()),
                    Content::Blob(id) => {
                        let (file, size) = open(state, id).await?;
                        reqwest::multipart::Part::stream_with_length(file, size)
                    }
                };
                if let Some(name) = &part.filename {
                    made = made.file_name(name.clone());
                }
                if let Some(media_type) = &part.media_type {
                    made = made.mime_str(media_type).map_err(|_| {
                        Failure::Invalid(format!("`{media_type}` is no media type"))
                    })?;
                }
                form = form.part(part.name.clone(), made);
            }
            sending.multipart(form)
        }
    })
}

async fn open(state: &mut HostState, id: &str) -> Result<(tokio::fs::File, u64), Failure> {
    if state.media_type(id).is_none() {
        return Err(Failure::Invalid(
            "a blob that this call was not given".into(),
        ));
    }
    let path = state
        .services
        .blobs
        .path(id)
        .map_err(|error| Failure::Invalid(error.to_string()))?;
    let file = tokio::fs::File::open(path)
        .await
        .map_err(|error| Failure::Invalid(error.to_string()))?;
    let size = file
        .metadata()
        .await
        .map_err(|error| Failure::Invalid(error.to_string()))?
        .len();
    Ok((file, size))
}

/// Sorts an error by what it means for what was sent.
fn failure(state: &HostState, error: &reqwest::Error) -> Failure {
    let mut text = String::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(not_public) = inner.downcast_ref::<NotPublic>() {
            return Failure::Denied(not_public.to_string());
        }
        text = inner.to_string();
        cause = inner.source();
    }
    let text = state.secrets.scrub(if text.is_empty() {
        "the exchange failed"
    } else {
        &text
    });
    if error.is_connect() {
        Failure::NotSent(format!("no connection: {text}"))
    } else if error.is_builder() {
        Failure::Invalid(text)
    } else {
        Failure::NoAnswer(text)
    }
}

async fn answer(
    state: &mut HostState,
    request: &Request,
    response: reqwest::Response,
) -> Result<Response, Failure> {
    let status = response.status().as_u16();
    let url = state.secrets.scrub(response.url().as_str());
    let media_type = response
        .headers()
        .get(reqwest::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_string();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| Header {
            name: name.as_str().to_string(),
            value: state
                .secrets
                .scrub(&String::from_utf8_lossy(value.as_bytes())),
        })
        .collect();
    let (body, blob) = match request.into {
        // A login's answer is small and must be looked through before anybody else sees it.
        Destination::Blob(most) if request.capture.is_empty() && state.secrets.is_empty() => (
            Vec::new(),
            Some(to_blob(state, response, most.min(MOST_BLOB), &media_type).await?),
        ),
        Destination::Blob(most) => {
            let body = to_memory(state, response, most.min(MOST_MEMORY)).await?;
            let body = clean(state, request, status, body);
            let id = state
                .services
                .blobs
                .put(&body)
                .await
                .map_err(|e| Failure::Invalid(e.to_string()))?;
            state.show_blob(&id, &media_type);
            (Vec::new(), Some(id))
        }
        Destination::Memory(most) => {
            let body = to_memory(state, response, u64::from(most).min(MOST_MEMORY)).await?;
            (clean(state, request, status, body), None)
        }
    };
    Ok(Response {
        status,
        headers,
        body,
        blob,
        url,
    })
}

/// Captures tokens and takes secrets out of an answer. A good answer that should hold a token and can't be looked
/// through is withheld: whatever it holds must not enter the sandbox.
fn clean(state: &mut HostState, request: &Request, status: u16, body: Vec<u8>) -> Vec<u8> {
    let mut body = body;
    if let (false, Some(account)) = (request.capture.is_empty(), state.context.account.clone()) {
        match serde_json::from_slice::<serde_json::Value>(&body) {
            Ok(mut json) => {
                let vault = state.services.vault.clone();
                let mut taken = false;
                for capture in &request.capture {
                    let (pointer, name) = (&capture.pointer, &capture.name);
                    taken |= state
                        .secrets
                        .capture(&vault, &account, &mut json, pointer, name);
                }
                if taken {
                    body = json.to_string().into_bytes();
                }
            }
            Err(_) if (200..300).contains(&status) => body.clear(),
            Err(_) => {}
        }
    }
    if state.secrets.is_empty() {
        return body;
    }
    match String::from_utf8(body) {
        Ok(text) => state.secrets.scrub(&text).into_bytes(),
        Err(binary) => binary.into_bytes(),
    }
}

async fn to_memory(
    state: &mut HostState,
    response: reqwest::Response,
    most: u64,
) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| failure(state, &error))?;
        if (body.len() + chunk.len()) as u64 > most {
            return Err(Failure::TooLarge(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

async fn to_blob(
    state: &mut HostState,
    response: reqwest::Response,
    most: u64,
    media_type: &str,
) -> Result<String, Failure> {
    let full = |error: blob::BlobError| Failure::Invalid(error.to_string());
    let mut writer = state.services.blobs.writer().await.map_err(full)?;
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| failure(state, &error))?;
        if writer.written() + chunk.len() as u64 > most {
            return Err(Failure::TooLarge(most));
        }
        writer.write(&chunk).await.map_err(full)?;
    }
    let id = writer.finish().await.map_err(full)?;
    state.show_blob(&id, media_type);
    Ok(id)
}

/// Why a picture could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The URL can't be asked, or leads to an address that is not public.
    #[error("{0}")]
    Refused(String),
    /// The server did not give it.
    #[error("{0}")]
    Failed(String),
    /// Too large; bytes allowed.
    #[error("larger than {0} bytes")]
    TooLarge(u64),
}

/// Fetches a file that a post names, for the host itself: public addresses only, unless its host is among `named`.
///
/// # Errors
/// When it is refused, not there or too large. Nothing outside is changed in any case.
pub async fn download(
    clients: &Clients,
    blobs: &super::BlobStore,
    url: &str,
    named: &Grants,
    most: u64,
) -> Result<(String, String), DownloadError> {
    let refused = |failure: Failure| match failure {
        Failure::Denied(m) | Failure::Invalid(m) | Failure::NotSent(m) | Failure::NoAnswer(m) => {
            DownloadError::Refused(m)
        }
        Failure::TooLarge(most) => DownloadError::TooLarge(most),
    };
    let fetch = async {
        let mut url = parse(url).map_err(refused)?;
        for _ in 0..=MOST_REDIRECTS {
            let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
            let literal: Option<IpAddr> = host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse()
                .ok();
            let client = match named.host(&host, url.port_or_known_default().unwrap_or(0)) {
                HostGrant::Named => &clients.named,
                _ if literal.is_some_and(|address| !is_public(address)) => {
                    return Err(DownloadError::Refused(format!(
                        "{host} is not a public address"
                    )));
                }
                _ => &clients.public,
            };
            let response = client
                .get(url.clone())
                .send()
                .await
                .map_err(|error| DownloadError::Failed(error.without_url().to_string()))?;
            if let Some(next) = redirect(&url, &response) {
                url = next.map_err(refused)?;
                continue;
            }
            if !response.status().is_success() {
                return Err(DownloadError::Failed(format!(
                    "the server answered {}",
                    response.status().as_u16()
                )));
            }
            let media_type = response
                .headers()
                .get(reqwest::header::CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.split(';').next())
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase();
            let broken = |error: String| DownloadError::Failed(error);
            let mut writer = blobs.writer().await.map_err(|e| broken(e.to_string()))?;
            let mut stream = response.bytes_stream();
            while let Some(chunk) = stream.next().await {
                let chunk = chunk.map_err(|error| broken(error.without_url().to_string()))?;
                if writer.written() + chunk.len() as u64 > most {
                    return Err(DownloadError::TooLarge(most));
                }
                writer
                    .write(&chunk)
                    .await
                    .map_err(|e| broken(e.to_string()))?;
            }
            let id = writer.finish().await.map_err(|e| broken(e.to_string()))?;
            return Ok((id, media_type));
        }
        Err(DownloadError::Refused(format!(
            "more than {MOST_REDIRECTS} redirects"
        )))
    };
    tokio::time::timeout(USUAL_TIME, fetch)
        .await
        .unwrap_or_else(|_| {
            Err(DownloadError::Failed(format!(
                "not there within {} s",
                USUAL_TIME.as_secs()
            )))
        })
}
