//! Numbers for people to read.

/// With commas between thousands: `1,204`.
#[must_use]
pub fn thousands(n: u32) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1,204 → 287 of 300 graphemes`.
#[must_use]
pub fn shortened(before: u32, after: u32, limit: Option<u32>, unit: &str) -> String {
    let of = limit.map_or_else(String::new, |limit| format!(" of {}", thousands(limit)));
    format!("{} → {}{of} {unit}", thousands(before), thousands(after))
        .trim_end()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(
            shortened(1204, 287, Some(300), "graphemes"),
            "1,204 → 287 of 300 graphemes"
        );
        assert_eq!(shortened(1_000_000, 12, None, ""), "1,000,000 → 12");
    }
}
