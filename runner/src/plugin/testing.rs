//! For the tests of this folder: a scratch folder, and core modules of any world of the contract without a compiler.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    MemorySection, MemoryType, Module, TypeSection, ValType,
};
use wit_parser::Resolve;
use wit_parser::abi::{AbiVariant, WasmType};

use super::manifest::Manifest;

/// A folder of its own that goes away with the value.
pub(super) struct Scratch(pub(super) PathBuf);

impl Scratch {
    pub(super) fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let unique = format!("staffetta-{name}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(unique);
        std::fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A manifest from JSON, with what every manifest needs.
pub(super) fn manifest(name: &str, more: serde_json::Value) -> Manifest {
    let mut json = serde_json::json!({
        "name": name, "version": "1.2.3", "description": "For a test.", "license": "MIT",
        "contract": super::manifest::CONTRACT,
    });
    for (key, value) in more.as_object().unwrap() {
        json[key] = value.clone();
    }
    serde_json::from_value(json).unwrap()
}

/// A manifest with one rule.
pub(super) fn rule(name: &str) -> Manifest {
    let operation = serde_json::json!({"interface": "rule", "description": "Does it."});
    manifest(
        name,
        serde_json::json!({"operations": {"apply": operation}}),
    )
}

/// A core module that imports every function of some interfaces and exports every function of others; it traps when
/// called.
pub(super) fn core(resolve: &Resolve, imports: &[&str], exports: &[&str]) -> Vec<u8> {
    let package = resolve.packages.iter().next().unwrap().1;
    let version = package.name.version.as_ref().unwrap();
    let named = |name: &str| format!("staffetta:plugin/{name}@{version}");
    let mut types = TypeSection::new();
    let mut import_section = ImportSection::new();
    let mut functions = FunctionSection::new();
    let mut export_section = ExportSection::new();
    let mut code = CodeSection::new();
    let values = |list: &[WasmType]| -> Vec<ValType> {
        list.iter()
            .map(|ty| match ty {
                WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
                WasmType::F32 => ValType::F32,
                WasmType::F64 => ValType::F64,
                _ => ValType::I32,
            })
            .collect()
    };
    let mut imported = 0;
    for interface in imports {
        for (name, function) in &resolve.interfaces[package.interfaces[*interface]].functions {
            let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
            let index = types.len();
            types
                .ty()
                .function(values(&signature.params), values(&signature.results));
            import_section.import(&named(interface), name, EntityType::Function(index));
            imported += 1;
        }
    }
    let mut define = |name: String, params: Vec<ValType>, results: Vec<ValType>| {
        let index = types.len();
        types.ty().function(params, results);
        export_section.export(&name, ExportKind::Func, imported + functions.len());
        functions.function(index);
        let mut body = Function::new([]);
        body.instructions().unreachable().end();
        code.function(&body);
    };
    for interface in exports {
        for (name, function) in &resolve.interfaces[package.interfaces[*interface]].functions {
            let signature = resolve.wasm_signature(AbiVariant::GuestExport, function);
            define(
                format!("{}#{name}", named(interface)),
                values(&signature.params),
                values(&signature.results),
            );
        }
    }
    define(
        "cabi_realloc".into(),
        vec![ValType::I32; 4],
        vec![ValType::I32],
    );
    export_section.export("memory", ExportKind::Memory, 0);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut module = Module::new();
    module
        .section(&types)
        .section(&import_section)
        .section(&functions)
        .section(&memories)
        .section(&export_section)
        .section(&code);
    module.finish()
}

/// A component of such a module.
pub(super) fn component(imports: &[&str], exports: &[&str], manifest: &Manifest) -> Vec<u8> {
    let (resolve, _) = super::wit::resolve().unwrap();
    super::componentize::componentize(&core(&resolve, imports, exports), manifest).unwrap()
}

/// An installed Staffetta that has an SDK in name only, for what does not compile.
pub(super) fn share(scratch: &Scratch) -> super::locate::Locations {
    let sdk = scratch.0.join("share/staffetta/sdk");
    std::fs::create_dir_all(&sdk).unwrap();
    std::fs::write(sdk.join("Cargo.toml"), "").unwrap();
    super::locate::Locations::of(&scratch.0.join("bin/staffetta"), "/".as_ref())
}
