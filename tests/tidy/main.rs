//! Rules of the repository, and its documentation: what the pages show is run and checked by the real binary, what is
//! generated is compared with what the program says today. `BLESS=1` writes the generated pages anew.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod blocks;
mod generated;
mod networks;
mod new_plugins;
mod pipelines;
mod repository;
mod shell;
mod yaml_blocks;
