//! Walks through a component's sections: what it is called by, what it wants, its types and its manifest, unread.
//!
//! The bytes may come from anybody: size and depth are bounded before anything is read that could be made to explode.

use wasmparser::types::Types;
use wasmparser::{BinaryReaderError, Encoding, Parser, Payload, ValidPayload, Validator};

use super::inspect::LARGEST;
use super::manifest::SECTION;
use super::problem::Problem;

/// What the sections of a component's top level say.
pub(super) struct Outline<'a> {
    pub(super) types: Types,
    pub(super) imports: Vec<&'a str>,
    pub(super) exports: Vec<&'a str>,
    pub(super) manifests: Vec<&'a [u8]>,
}

/// Reads and validates everything but function bodies; nothing recurses deeper than [`DEEPEST`].
pub(super) fn walk(bytes: &[u8]) -> Result<Outline<'_>, Problem> {
    let size = bytes.len() as u64;
    if size > LARGEST {
        return Err(Problem::TooLarge {
            bytes: size,
            limit: LARGEST,
        });
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(Problem::NotWasm);
    }
    let broken = |error: BinaryReaderError| Problem::Malformed {
        offset: error.offset() as u64,
        bytes: size,
        reason: error.message().to_string(),
    };
    let mut validator = Validator::new();
    let (mut imports, mut exports, mut manifests) = (Vec::new(), Vec::new(), Vec::new());
    let mut depth = 0_usize;
    let mut types = None;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(broken)?;
        if let Payload::Version { encoding, .. } = &payload {
            if depth == 0 && *encoding == Encoding::Module {
                return Err(Problem::CoreModule);
            }
            depth += 1;
        }
        if depth > DEEPEST || nests_too_deep(&payload, bytes) {
            return Err(Problem::TooDeep);
        }
        match &payload {
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section.clone() {
                    imports.push(import.map_err(broken)?.name.name);
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section.clone() {
                    exports.push(export.map_err(broken)?.name.name);
                }
            }
            Payload::CustomSection(section) if depth == 1 && section.name() == SECTION => {
                manifests.push(section.data());
            }
            _ => {}
        }
        if let ValidPayload::End(end) = validator.payload(&payload).map_err(broken)? {
            depth = depth.saturating_sub(1);
            types = Some(end);
        }
    }
    let types = types.filter(|_| depth == 0).ok_or(Problem::Malformed {
        offset: size,
        bytes: size,
        reason: "unexpected end".into(),
    })?;
    Ok(Outline {
        types,
        imports,
        exports,
        manifests,
    })
}

/// How deep components, or types within types, may be nested. Real ones need three or four levels.
pub(super) const DEEPEST: usize = 100;

/// The reader of types recurses, so a file made for it could exhaust the stack, here and later in the engine. A type
/// within a type always begins with the byte 1 and then 0x41 or 0x42: a section with few such pairs can't be deep.
/// The pair is also the name `A` or `B` of a field, hence a limit far above what names make likely.
fn nests_too_deep(payload: &Payload<'_>, bytes: &[u8]) -> bool {
    let Payload::ComponentTypeSection(section) = payload else {
        return false;
    };
    let section = bytes.get(section.range()).unwrap_or_default();
    let nested = section
        .windows(2)
        .filter(|pair| matches!(pair, [1, 0x41 | 0x42]));
    nested.take(DEEPEST + 1).count() > DEEPEST
}
