//! What components say, and what hostile bytes do: nothing.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::plugin::componentize::with_contract;
use crate::plugin::manifest::SECTION;
use crate::plugin::outline::{DEEPEST, walk};
use crate::plugin::testing::{component, core, manifest, rule};
use serde_json::json;

fn problems(bytes: &[u8]) -> Vec<Problem> {
    inspect(bytes).problems
}

/// The same length, another text, everywhere.
fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let (from, to) = (from.as_bytes(), to.as_bytes());
    let mut bytes = bytes.to_vec();
    let mut count = 0;
    for at in 0..=bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            bytes[at..at + from.len()].copy_from_slice(to);
            count += 1;
        }
    }
    assert!(count > 0);
    bytes
}

#[test]
fn a_whole_plugin_is_read() {
    let asks = json!({
        "operations": {"apply": {"interface": "rule", "description": "Does it."}},
        "capabilities": {
            "websocket": {"why": "relays", "hosts": ["*.example.org"]},
            "target": {"why": "to count"},
        },
    });
    let said = manifest("shout", asks);
    let bytes = component(&["websocket", "target", "log"], &["rule"], &said);
    let found = inspect(&bytes);
    assert_eq!(found.problems, []);
    assert!(found.usable());
    assert_eq!(found.bytes, bytes.len() as u64);
    assert_eq!(found.digest, digest(&bytes));
    assert_eq!(found.contract, Some(wit::own()));
    assert_eq!(found.exports, BTreeSet::from([Interface::Rule]));
    // `websocket` borrows the types of `http`, which is not the power to call it.
    assert_eq!(
        found.imports,
        BTreeSet::from([Capability::Websocket, Capability::Target, Capability::Log])
    );
    assert!(found.foreign.is_empty());
    assert_eq!(found.manifest, Some(said));
}

#[test]
fn every_interface_and_import_has_the_contracts_types() {
    let imports = Capability::ALL.map(Capability::name);
    let exports = Interface::ALL.map(Interface::name);
    let found = inspect(&component(&imports, &exports, &rule("all")));
    assert_eq!(found.exports.len(), Interface::ALL.len());
    assert_eq!(found.imports.len(), Capability::ALL.len());
    let shapes = found
        .problems
        .iter()
        .filter(|problem| problem.code() == "plugin-contract-shape");
    assert_eq!(shapes.collect::<Vec<_>>(), Vec::<&Problem>::new());
}

#[test]
fn the_digest_is_that_of_the_bytes() {
    assert_eq!(
        digest(b"abc"),
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

#[test]
fn what_is_no_component_is_named() {
    assert_eq!(problems(b""), [Problem::NotWasm]);
    assert_eq!(problems(b"#!/bin/sh\n"), [Problem::NotWasm]);
    assert_eq!(problems(b"\0asm\x01\0\0\0"), [Problem::CoreModule]);
    let (resolve, _) = wit::resolve().unwrap();
    assert_eq!(
        problems(&core(&resolve, &[], &["rule"])),
        [Problem::CoreModule]
    );
    assert_eq!(
        problems(b"\0asm\x0d\0\x01\0"),
        [Problem::NoInterface, Problem::NoManifest]
    );
    let large = vec![0; LARGEST as usize + 1];
    assert!(matches!(problems(&large)[..], [Problem::TooLarge { .. }]));
}

#[test]
fn other_versions_of_the_contract_are_refused_with_both_versions() {
    let bytes = component(&["log"], &["rule"], &rule("a"));
    for (other, accepted) in [("0.2.0", false), ("1.1.0", false), ("0.1.1", false)] {
        let found = inspect(&replaced(&bytes, "@0.1.0", &format!("@{other}")));
        let wants = Version::parse(other).unwrap();
        assert_eq!(found.contract, Some(wants.clone()));
        assert_eq!(found.usable(), accepted);
        let problem = Problem::WrongVersion { wants };
        assert!(found.problems.contains(&problem), "{:?}", found.problems);
        let text = problem.to_string();
        assert!(text.contains(other) && text.contains("0.1.0"), "{text}");
    }
}

#[test]
fn another_text_of_the_contract_is_refused_where_it_parts() {
    let cases = [
        // A record's field of another type.
        (
            "bytes: option<u64>,",
            "bytes: option<u32>,",
            "parameter subjects, element, field post, field card, option, field image, option, field bytes, option",
        ),
        // A case that is not there.
        ("unsupported(string),", "", "result, error"),
        // Another parameter.
        (
            "subjects: list<subject>)",
            "posts: list<subject>)",
            "its type",
        ),
    ];
    for (from, to, place) in cases {
        let other = wit::SOURCES.map(|(name, text)| (name, text.replace(from, to)));
        let (resolve, _) = wit::parse(&other).unwrap();
        let bytes = with_contract(resolve.clone(), &core(&resolve, &[], &["rule"]), &rule("a"));
        let found = problems(&bytes.unwrap());
        let [
            Problem::OtherShape {
                interface,
                function,
                difference,
            },
        ] = &found[..]
        else {
            unreachable!("{from}: {found:?}");
        };
        assert_eq!((interface.as_str(), function.as_str()), ("rule", "apply"));
        assert_eq!(difference.place, place);
    }
}

#[test]
fn functions_that_only_one_side_has_are_named() {
    let other = wit::SOURCES.map(|(name, text)| {
        let text = text.replace(
            "now: func() -> instant;",
            "now: func() -> instant; zone: func() -> string;",
        );
        (
            name,
            text.replace(
                "remove: func(account: account, receipt: receipt) -> result<_, error>;",
                "",
            ),
        )
    });
    let (resolve, _) = wit::parse(&other).unwrap();
    let module = core(&resolve, &["clock"], &["publisher"]);
    let found = problems(&with_contract(resolve, &module, &rule("a")).unwrap());
    assert!(found.contains(&Problem::UnknownFunction {
        capability: Capability::Clock,
        function: "zone".into()
    }));
    assert!(found.contains(&Problem::MissingFunction {
        interface: Interface::Publisher,
        function: "remove".into()
    }));
}

#[test]
fn manifests_are_read_with_suspicion() {
    let good = component(&["http"], &["rule"], &rule("a"));
    assert_eq!(problems(&good), [Problem::NotAsked(Capability::Http)]);
    let json = serde_json::to_string(&rule("a")).unwrap();
    let with = |from: &str, to: &str| {
        assert!(json.contains(from));
        problems(&replaced(&good, from, to))
    };
    assert!(matches!(
        with("{\"name\":", "x\"name\":")[..],
        [Problem::ManifestNotJson { .. }]
    ));
    assert!(matches!(
        with("\"license\":", "\"licence\":")[..],
        [Problem::ManifestFields(_)]
    ));
    assert!(with("\"name\":\"a\"", "\"name\":\"A\"").contains(&Problem::BadName("A".into())));
    let other = with("staffetta:plugin@0.1.0\"", "staffetta:plugin@0.1.9\"");
    assert!(
        matches!(other[0], Problem::ManifestContract { .. }),
        "{other:?}"
    );
    let hidden = replaced(&good, SECTION, "staffetta:manifes1");
    assert_eq!(problems(&hidden), [Problem::NoManifest]);
    let mut twice = good.clone();
    let section = wasm_encoder::CustomSection {
        name: SECTION.into(),
        data: json.as_bytes().into(),
    };
    wasm_encoder::ComponentSection::append_to_component(&section, &mut twice);
    assert_eq!(problems(&twice), [Problem::ManyManifests(2)]);
}

#[test]
fn imports_from_elsewhere_are_listed_and_do_not_stop_it() {
    let wasi = "package wasi:io@0.2.6; interface poll { block: func(); }";
    let mut component = component(&[], &["rule"], &rule("a"));
    let mut resolve = wit_parser::Resolve::default();
    resolve.push_source("wasi.wit", wasi).unwrap();
    // A component's sections may come in any order, so an import can simply be added behind.
    let mut types = wasm_encoder::ComponentTypeSection::new();
    let mut instance = wasm_encoder::InstanceType::new();
    instance
        .ty()
        .function()
        .params::<[(&str, wasm_encoder::ComponentValType); 0], _>([])
        .result(None);
    instance.export("block", wasm_encoder::ComponentTypeRef::Func(0));
    types.instance(&instance);
    let before = type_count(&component);
    wasm_encoder::ComponentSection::append_to_component(&types, &mut component);
    let mut imports = wasm_encoder::ComponentImportSection::new();
    imports.import(
        "wasi:io/poll@0.2.6",
        wasm_encoder::ComponentTypeRef::Instance(before),
    );
    wasm_encoder::ComponentSection::append_to_component(&imports, &mut component);
    let found = inspect(&component);
    assert_eq!(found.foreign, ["wasi:io/poll@0.2.6"]);
    assert_eq!(
        found.problems,
        [Problem::Foreign("wasi:io/poll@0.2.6".into())]
    );
    assert!(found.usable());
}

/// How many types a component defines.
fn type_count(bytes: &[u8]) -> u32 {
    walk(bytes).unwrap().types.as_ref().component_type_count()
}

#[test]
fn nothing_that_is_cut_off_or_flipped_makes_it_panic() {
    let bytes = component(&["websocket", "log"], &["rule"], &rule("a"));
    let (mut broken, mut tries) = (0, 0);
    // Steps, because the whole would take minutes without optimisation; odd ones, so that every part is met.
    for end in (0..bytes.len()).step_by(37) {
        let found = inspect(&bytes[..end]);
        // Only the manifest, which comes last, can be missing from a file that is otherwise whole.
        assert!(!found.usable(), "{end}");
    }
    for at in (0..bytes.len()).step_by(23) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        tries += 1;
        broken += usize::from(!inspect(&bytes).usable());
    }
    assert!(broken > tries / 4, "{broken} of {tries}");
}

/// A section of a component: its id, its length, its body.
fn section(id: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![id];
    let mut length = body.len();
    loop {
        let byte = (length & 0x7f) as u8;
        length >>= 7;
        bytes.push(if length == 0 { byte } else { byte | 0x80 });
        if length == 0 {
            break;
        }
    }
    bytes.extend(body);
    bytes
}

const HEADER: &[u8] = b"\0asm\x0d\0\x01\0";

#[test]
fn deep_nesting_exhausts_neither_stack_nor_memory() {
    // Types within types.
    for kind in [0x41, 0x42] {
        let body: Vec<u8> = std::iter::once(1)
            .chain([kind, 1, 1].repeat(1_000_000))
            .collect();
        let bytes = [HEADER, &section(7, &body)].concat();
        assert_eq!(problems(&bytes), [Problem::TooDeep]);
        // As deep as is let through.
        let body: Vec<u8> = std::iter::once(1)
            .chain([kind, 1, 1].repeat(DEEPEST))
            .collect();
        let bytes = [HEADER, &section(7, &body)].concat();
        assert!(matches!(problems(&bytes)[..], [Problem::Malformed { .. }]));
    }
    // Components within components.
    let mut bytes = HEADER.to_vec();
    for _ in 0..2_000 {
        bytes = [HEADER, &section(4, &bytes)].concat();
    }
    assert_eq!(problems(&bytes), [Problem::TooDeep]);
}
