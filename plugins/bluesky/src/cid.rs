//! Content identifiers of blobs. A blob's identifier is a CIDv1 of raw bytes with their SHA-256, and the host names
//! blobs by that same digest: so each name follows from the other, before anything is uploaded.

use data_encoding::{BASE32_NOPAD, HEXLOWER};

/// Version 1, codec `raw`, hash SHA-256, 32 bytes.
const PREFIX: [u8; 4] = [0x01, 0x55, 0x12, 0x20];

/// The identifier of a blob named `sha256:` and 64 hex digits; none for another name.
#[must_use]
pub fn of_blob(blob_id: &str) -> Option<String> {
    let digest = HEXLOWER
        .decode(blob_id.strip_prefix("sha256:")?.as_bytes())
        .ok()?;
    if digest.len() != 32 {
        return None;
    }
    let bytes = [PREFIX.as_slice(), digest.as_slice()].concat();
    Some(format!(
        "b{}",
        BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()
    ))
}

/// The host's name of the blob with that identifier; none for an identifier of another kind.
#[must_use]
pub fn to_blob(cid: &str) -> Option<String> {
    let bytes = BASE32_NOPAD
        .decode(cid.strip_prefix('b')?.to_ascii_uppercase().as_bytes())
        .ok()?;
    let digest = bytes.strip_prefix(PREFIX.as_slice())?;
    (digest.len() == 32).then(|| format!("sha256:{}", HEXLOWER.encode(digest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_identifier_of_nothing() {
        let blob = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let cid = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
        assert_eq!(of_blob(blob).as_deref(), Some(cid));
        assert_eq!(to_blob(cid).as_deref(), Some(blob));
    }

    #[test]
    fn other_names_are_none() {
        for wrong in ["", "sha256:", "sha256:00", "md5:e3b0c442", "sha256:zz"] {
            assert!(of_blob(wrong).is_none(), "{wrong}");
        }
        for wrong in [
            "",
            "Qm",
            "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
            "b1",
        ] {
            assert!(to_blob(wrong).is_none(), "{wrong}");
        }
    }
}
