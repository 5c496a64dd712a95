//! Grows the table of functions, which no safe Rust can: one instruction in assembly, and a linker option in `build.rs`
//! that leaves the table without an upper end. Outside WebAssembly there is no table.

/// Adds `count` elements; the table's size before, or -1 when it was not allowed.
#[cfg(target_arch = "wasm32")]
pub fn grow(count: u32) -> i32 {
    let before: i32;
    // SAFETY: the new elements are null and nothing calls them.
    unsafe {
        core::arch::asm!(
            ".tabletype __indirect_function_table, funcref",
            "ref.null_func",
            "local.get {count}",
            "table.grow __indirect_function_table",
            "local.set {before}",
            count = in(local) count,
            before = out(local) before,
        );
    }
    before
}

/// Outside WebAssembly there is no table to grow.
#[cfg(not(target_arch = "wasm32"))]
pub fn grow(_count: u32) -> i32 {
    -1
}
