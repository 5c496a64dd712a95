//! A small HTTP server on loopback whose answers a test writes byte by byte: honest, lying, slow or endless.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the server does with a request.
#[derive(Clone)]
pub enum Reply {
    /// Status, headers and body.
    Answer(u16, Vec<(String, String)>, Vec<u8>),
    /// These bytes, whatever they are, then the end.
    Raw(Vec<u8>),
    /// A body without end.
    Endless(&'static str),
    /// Waits so long before the answer.
    Slow(Duration, Box<Reply>),
    /// Takes the request and closes without a word.
    Hangup,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

/// A server that runs until the test ends.
pub struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Reply {
    /// 200 with a content type.
    #[must_use]
    pub fn ok(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer(
            200,
            vec![("content-type".into(), content_type.into())],
            body.into(),
        )
    }

    /// A status without more.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer(status, Vec::new(), Vec::new())
    }
}

impl Server {
    /// Answers every request as `reply` says.
    #[must_use]
    pub fn start(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (reply, log) = (Arc::new(reply), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (reply, log) = (Arc::clone(&reply), Arc::clone(&log));
                thread::spawn(move || {
                    // A client that gives up is part of the tests.
                    let _ = serve(stream, reply.as_ref(), &log);
                });
            }
        });
        Self { port, seen }
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://127.0.0.1:PORT` and the path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(
    stream: TcpStream,
    reply: &(impl Fn(&Request) -> Reply + ?Sized),
    log: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut words = first.split_whitespace();
    let (method, path) = (
        words.next().unwrap_or_default().to_string(),
        words.next().unwrap_or_default().to_string(),
    );
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.trim().to_ascii_lowercase(), value.trim().to_string());
        }
    }
    let length = headers
        .get("content-length")
        .and_then(|l| l.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let request = Request {
        method,
        path,
        headers,
        body,
    };
    let answer = reply(&request);
    log.lock().unwrap().push(request);
    send(stream, answer)
}

fn send(mut stream: TcpStream, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Answer(status, headers, body) => {
            write!(
                stream,
                "HTTP/1.1 {status} -\r\ncontent-length: {}\r\nconnection: close\r\n",
                body.len()
            )?;
            for (name, value) in headers {
                write!(stream, "{name}: {value}\r\n")?;
            }
            stream.write_all(b"\r\n")?;
            stream.write_all(&body)
        }
        Reply::Raw(bytes) => stream.write_all(&bytes),
        Reply::Endless(content_type) => {
            write!(
                stream,
                "HTTP/1.1 200 -\r\ncontent-type: {content_type}\r\nconnection: close\r\n\r\n"
            )?;
            let chunk = [b'x'; 64 << 10];
            loop {
                stream.write_all(&chunk)?;
            }
        }
        Reply::Slow(wait, then) => {
            thread::sleep(wait);
            send(stream, *then)
        }
        Reply::Hangup => Ok(()),
    }
}
