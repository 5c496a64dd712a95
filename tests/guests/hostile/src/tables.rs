//! Grows the table of functions, which no safe Rust can: one instruction in assembly, and a linker option in `build.rs`
//! that leaves the table without an upper end. Only where the compiler takes assembly for WebAssembly (`build.rs`).

/// Adds `count` elements; the table's size before, or -1 when it was not allowed.
#[cfg(growable)]
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

/// Without assembly for WebAssembly there is no way to grow it: -2 says so.
#[cfg(not(growable))]
pub fn grow(_count: u32) -> i32 {
    -2
}
