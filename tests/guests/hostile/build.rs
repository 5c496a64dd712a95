//! Leaves the table of functions without an upper end, so that `tables` can try to grow it.

fn main() {
    let wasm = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32");
    if wasm {
        println!("cargo::rustc-link-arg-cdylib=--growable-table");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
