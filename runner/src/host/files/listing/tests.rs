use std::fs;
use std::path::Path;

use super::*;

/// Lists everything in pages, with so many names of a folder in memory.
fn all(root: &Path, glob: &str, sorted: usize, page: usize) -> Vec<String> {
    let mut listing = Listing::start("posts", glob, None, root.into()).unwrap();
    listing.sorted = sorted;
    let mut found = Vec::new();
    loop {
        let next = listing.next(page).unwrap();
        if next.is_empty() {
            return found;
        }
        found.extend(next.into_iter().map(|entry| entry.path));
    }
}

#[test]
fn a_folder_larger_than_what_is_held_is_listed_once_and_in_order() {
    let root = std::env::temp_dir().join(format!("staffetta-listing-{}", std::process::id()));
    // `a.md`, `a/…` and `a0.md` sort by their whole paths: `.` comes before `/`, and `/` before `0`.
    let mut wanted = Vec::new();
    for name in [
        "a.md", "a/1.md", "a/2.md", "a/3.md", "a0.md", "b/c/d.md", "b/e.md", "z.md",
    ] {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
        wanted.push(format!("posts/{name}"));
    }
    fs::write(root.join("a/no.txt"), "").unwrap();
    fs::write(root.join(".hidden.md"), "").unwrap();
    for sorted in [1, 2, 3, 100] {
        for page in [1, 3, 100] {
            assert_eq!(
                all(&root, "**/*.md", sorted, page),
                wanted,
                "{sorted} {page}"
            );
        }
    }
    fs::remove_dir_all(&root).unwrap();
}
