//! Record keys of the kind that the network calls TID: 13 sortable characters made of a time and a tie-breaker. Here
//! they follow from the effect alone, so that every try of one publication names the same record. Nothing is random.

const ALPHABET: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const LENGTH: usize = 13;
/// 53 bits of microseconds.
const MOST_MICROS: u64 = (1 << 53) - 1;

/// A record key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tid(u64);

impl Tid {
    /// The key of one part: the time of the intent, moved within its millisecond and tie-broken by the effect's key,
    /// then one microsecond later for each further part, so that a thread sorts in order.
    #[must_use]
    pub fn of(key: &str, intended_ms: i64, part: usize) -> Self {
        let seed = seed(key);
        let millis = u64::try_from(intended_ms).unwrap_or(0);
        // Below 900 so that a thread's parts usually stay within the same millisecond.
        let micros = millis
            .saturating_mul(1000)
            .saturating_add((seed >> 10) % 900);
        Self((micros.min(MOST_MICROS) << 10) | (seed & 0x3ff)).after(part)
    }

    /// The key `steps` microseconds later.
    #[must_use]
    pub fn after(self, steps: usize) -> Self {
        let micros = (self.0 >> 10).saturating_add(steps as u64).min(MOST_MICROS);
        Self((micros << 10) | (self.0 & 0x3ff))
    }

    /// Reads a key; none when it is not a TID.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != LENGTH {
            return None;
        }
        let mut value: u64 = 0;
        for (at, byte) in text.bytes().enumerate() {
            let digit = ALPHABET.iter().position(|b| *b == byte)? as u64;
            // The first character holds four bits, and the topmost of them is always 0.
            if at == 0 && digit >= 8 {
                return None;
            }
            value = (value << 5) | digit;
        }
        Some(Self(value))
    }
}

impl std::fmt::Display for Tid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: String = (0..LENGTH)
            .rev()
            .map(|place| char::from(ALPHABET[((self.0 >> (place * 5)) & 31) as usize]))
            .collect();
        f.write_str(&text)
    }
}

/// Sixty-four bits of the key. FNV-1a over all of it: the key is a digest already, but its format is the host's affair.
fn seed(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::Tid;

    #[test]
    fn keys_are_stable_sortable_and_parse_back() {
        let key = "9f".repeat(32);
        let parts: Vec<String> = (0..4)
            .map(|p| Tid::of(&key, 1_795_518_000_000, p).to_string())
            .collect();
        assert_eq!(
            parts,
            (0..4)
                .map(|p| Tid::of(&key, 1_795_518_000_000, p).to_string())
                .collect::<Vec<_>>()
        );
        assert!(parts.is_sorted() && parts[0] != parts[1], "{parts:?}");
        for part in &parts {
            assert_eq!(part.len(), 13);
            assert_eq!(
                Tid::parse(part).map(|t| t.to_string()).as_deref(),
                Some(part.as_str())
            );
        }
        assert_ne!(
            Tid::of(&"a0".repeat(32), 1_795_518_000_000, 0),
            Tid::of(&key, 1_795_518_000_000, 0)
        );
    }

    #[test]
    fn a_known_time_gives_the_known_beginning() {
        // 3kfoobarbaz22 is a valid key of 2023; words that only look like one are none.
        assert!(Tid::parse("3kfoobarbaz22").is_some());
        for wrong in [
            "not-a-tid",
            "zzzzzzzzzzzzz",
            "3kfoobarbaz2",
            "3KFOOBARBAZ22",
        ] {
            assert!(Tid::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn absurd_times_do_not_overflow() {
        assert_eq!(Tid::of("k", i64::MAX, 9).to_string().len(), 13);
        assert_eq!(Tid::of("k", i64::MIN, 0).to_string().len(), 13);
    }
}
