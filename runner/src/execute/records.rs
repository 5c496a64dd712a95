//! Pages of records as the journal keeps them: one JSON object a line, in the contract's own names.

use crate::contract::types::Record;

/// A stored page that is no page.
#[derive(Debug, thiserror::Error)]
#[error("a stored page can't be read: {0}")]
pub struct PageError(#[from] serde_json::Error);

/// Writes a page.
///
/// # Errors
/// When a record holds a number that JSON can't.
pub fn encode(records: &[Record]) -> Result<String, PageError> {
    let mut page = Vec::with_capacity(records.len() * 512);
    for record in records {
        serde_json::to_writer(&mut page, record)?;
        page.push(b'\n');
    }
    // serde_json writes nothing but UTF-8.
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// Reads a page.
///
/// # Errors
/// When the text is not what `encode` wrote.
pub fn decode(page: &str) -> Result<Vec<Record>, PageError> {
    page.lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}
