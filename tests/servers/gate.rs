//! A gate before a real server: passes requests on, or lets a test see what happens when one is lost, when only its
//! answer is lost, or when somebody stops the world in between.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use staffetta_tests::{Reply, Request, Server};

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The server gets it, and its answer comes back.
    Pass,
    /// It is lost on the way.
    LoseRequest,
    /// The server does what it asks, and the answer is lost.
    LoseAnswer,
    /// It waits before the server, for good.
    HoldRequest,
    /// The server does what it asks, and the answer waits, for good.
    HoldAnswer,
}

type Rule = Box<dyn Fn(usize, &Request) -> Turn + Send>;

/// One request and the server's whole answer, empty where it got none.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) answer: Vec<u8>,
}

struct State {
    rule: Rule,
    count: usize,
    held: bool,
    exchanges: Vec<Exchange>,
}

type Shared = Arc<(Mutex<State>, Condvar)>;

/// The gate. It is open until a rule says otherwise.
pub(crate) struct Gate {
    server: Server,
    state: Shared,
}

impl Gate {
    /// Opens a gate before a server on this machine.
    pub(crate) fn before(url: &str) -> Self {
        let port: u16 = url.rsplit(':').next().unwrap().parse().unwrap();
        let open = State {
            rule: Box::new(|_, _| Turn::Pass),
            count: 0,
            held: false,
            exchanges: Vec::new(),
        };
        let state: Shared = Arc::new((Mutex::new(open), Condvar::new()));
        let shared = Arc::clone(&state);
        Self {
            server: Server::start(move |request| turn(&shared, port, request)),
            state,
        }
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        self.server.url("")
    }

    /// From now on this decides; requests are counted from 0 again.
    pub(crate) fn rule(&self, rule: impl Fn(usize, &Request) -> Turn + Send + 'static) {
        let mut state = self.state.0.lock().unwrap();
        (state.rule, state.count, state.held) = (Box::new(rule), 0, false);
    }

    /// Everything passes again.
    pub(crate) fn open(&self) {
        self.rule(|_, _| Turn::Pass);
    }

    /// Waits until a request is held; false when `until` is over first.
    pub(crate) fn held(&self, until: Duration) -> bool {
        let end = Instant::now() + until;
        let (state, changed) = &*self.state;
        let mut state = state.lock().unwrap();
        while !state.held {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = changed.wait_timeout(state, left).unwrap().0;
        }
        true
    }

    /// How many requests came since the rule.
    pub(crate) fn count(&self) -> usize {
        self.state.0.lock().unwrap().count
    }

    /// Everything that went through it.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.state.0.lock().unwrap().exchanges.clone()
    }
}

fn turn(shared: &Shared, port: u16, request: &Request) -> Reply {
    let (state, changed) = &**shared;
    let turn = {
        let mut state = state.lock().unwrap();
        state.count += 1;
        (state.rule)(state.count - 1, request)
    };
    let reaches = !matches!(turn, Turn::LoseRequest | Turn::HoldRequest);
    let answer = if reaches {
        forward(port, request).expect("the server answers")
    } else {
        Vec::new()
    };
    let mut state = state.lock().unwrap();
    state.exchanges.push(Exchange {
        request: request.clone(),
        answer: answer.clone(),
    });
    match turn {
        Turn::Pass => Reply::Raw(answer),
        Turn::LoseRequest | Turn::LoseAnswer => Reply::Hangup,
        Turn::HoldRequest | Turn::HoldAnswer => {
            state.held = true;
            drop(state);
            changed.notify_all();
            // Longer than any test; the thread goes with the process.
            Reply::Slow(Duration::from_secs(3600), Box::new(Reply::Hangup))
        }
    }
}

/// One request on a connection of its own, and everything that comes back.
fn forward(port: u16, request: &Request) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("localhost", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    write!(
        stream,
        "{} {} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n",
        request.method, request.path
    )?;
    for (name, value) in request
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "host" | "connection"))
    {
        write!(stream, "{name}: {value}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    stream.write_all(&request.body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}
