//! Messages as JSON for editors and scripts: `{code, severity, message, file, line, column, endLine, endColumn, expected,
//! help, notes}`. Lines and columns start at 1 and count characters; what a message does not have is left out.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Diagnostic, Note, Severity, Span};

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

fn place<M: SerializeMap>(map: &mut M, span: Option<&Span>) -> Result<(), M::Error> {
    if let Some(span) = span {
        let (from, to) = (span.position(), span.end_position());
        map.serialize_entry("file", span.source.path())?;
        map.serialize_entry("line", &from.line)?;
        map.serialize_entry("column", &from.column)?;
        map.serialize_entry("endLine", &to.line)?;
        map.serialize_entry("endColumn", &to.column)?;
    }
    Ok(())
}

impl Serialize for Note {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("message", &self.text)?;
        place(&mut map, self.span.as_ref())?;
        map.end()
    }
}

impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code.id())?;
        map.serialize_entry("severity", &self.severity)?;
        map.serialize_entry("message", &self.message)?;
        place(&mut map, self.span.as_ref())?;
        if let Some(expected) = &self.expected {
            map.serialize_entry("expected", expected)?;
        }
        if !self.help.is_empty() {
            map.serialize_entry("help", &self.help)?;
        }
        if !self.notes.is_empty() {
            map.serialize_entry("notes", &self.notes)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Source, code};
    use super::*;

    #[test]
    fn counts_characters_from_one() {
        let source = Source::new("p.yaml", "é: 1\nü: zwei\n");
        let span = Span::new(&source, "é: 1\nü: ".len(), "é: 1\nü: zwei".len());
        let json = serde_json::to_value(Diagnostic::error(code::WRONG_TYPE, "no").at(&span))
            .unwrap_or_default();
        assert_eq!(
            json,
            serde_json::json!({"code": "S0112", "severity": "error", "message": "no", "file": "p.yaml",
                "line": 2, "column": 4, "endLine": 2, "endColumn": 8})
        );
    }
}
