//! Leaves the table of functions without an upper end, so that `tables` can try to grow it, where the compiler takes
//! assembly for WebAssembly: that is an unstable feature, which Debian's compiler is told to allow.

fn main() {
    let wasm = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32");
    println!("cargo::rustc-check-cfg=cfg(growable)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC_BOOTSTRAP");
    if wasm && std::env::var_os("RUSTC_BOOTSTRAP").is_some() {
        println!("cargo::rustc-cfg=growable");
        println!("cargo::rustc-link-arg-cdylib=--growable-table");
    }
}
