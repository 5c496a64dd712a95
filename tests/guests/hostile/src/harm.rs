//! The harms themselves. The unsafe ones break promises of the contract's encoding, which no safe code can.

use std::cell::Cell;
use std::hint::black_box;

use staffetta_plugin::{Media, MediaKind, Result, Severity, Violation, blob, clock, log, target};

/// Never ends and never calls the host.
pub fn spin() -> ! {
    let mut n: u64 = 0;
    loop {
        n = black_box(n).wrapping_add(1);
    }
}

/// Goes down until the stack ends.
#[allow(unconditional_recursion)]
pub fn recurse(depth: u64) -> u64 {
    let room = black_box([depth; 64]);
    recurse(depth + 1).wrapping_add(room[(depth % 64) as usize])
}

/// Takes and touches memory until it has `bytes` or gets no more, and gives how much it got.
pub fn grow(bytes: usize) -> usize {
    const PIECE: usize = 16 << 20;
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let mut got = 0;
    while got < bytes {
        let mut piece = Vec::new();
        if piece.try_reserve_exact(PIECE).is_err() {
            break;
        }
        piece.resize(PIECE, 1);
        got += PIECE;
        pieces.push(piece);
    }
    black_box(&pieces);
    got
}

/// Writes `count` lines of `bytes` each, with line breaks and control characters inside.
pub fn log_flood(count: u32, bytes: usize) {
    let line = "\u{1b}[31m\nERROR forged line\r".repeat(bytes / 24 + 1);
    for _ in 0..count {
        log::log(log::Level::Error, &line);
    }
}

/// Asks for the time without end worth having.
pub fn host_calls(count: u32) {
    for _ in 0..count {
        black_box(clock::now());
    }
}

/// Begins blobs and finishes none.
pub fn writers(count: u32) -> usize {
    let held: Vec<blob::Writer> = (0..count)
        .map(|_| blob::Writer::new("application/octet-stream"))
        .collect();
    held.len()
}

/// `count` violations whose message is one and the same stretch of `bytes` in memory: little to hold here, and
/// `count × bytes` for a host that copies without counting.
pub fn aliased(bytes: usize, count: u32) -> Vec<Violation> {
    let message = "a".repeat(bytes).leak();
    let mut one = || Violation {
        code: String::new(),
        field: String::new(),
        // SAFETY: broken on purpose. The encoding only reads pointer and length; the memory would be freed more than
        // once afterwards, in this guest alone, if the host let it come that far.
        message: unsafe { String::from_raw_parts(message.as_mut_ptr(), bytes, bytes) },
        severity: Severity::Refuse,
        actual: None,
        limit: None,
        unit: String::new(),
    };
    (0..count).map(|_| one()).collect()
}

/// A text that is none.
pub fn not_utf8() -> String {
    // SAFETY: broken on purpose; the host must refuse it. Nothing here reads it as text.
    unsafe { String::from_utf8_unchecked(vec![b'a', 0xff, 0xfe, b'z']) }
}

/// A picture whose bytes this guest was never given.
pub fn foreign_blob() -> Media {
    Media {
        kind: MediaKind::Image,
        blob: Some(format!("sha256:{}", "0".repeat(64))),
        url: None,
        media_type: "image/png".into(),
        bytes: None,
        width: None,
        height: None,
        duration_ms: None,
        alt: None,
        focus: None,
    }
}

/// Asks about an account that the step does not work for.
pub fn other_account(account: &str) -> Result<()> {
    target::measure(account, "text", "abc").map(|_| ())
}

/// How often this instance was called: more than once in one step only.
pub fn remember() -> u32 {
    thread_local! {
        static CALLS: Cell<u32> = const { Cell::new(0) };
    }
    CALLS.set(CALLS.get() + 1);
    CALLS.get()
}
