//! Finds what comes with Staffetta: the first-party plugins, the guest SDK and the contract's text.
//!
//! Installed, they lie in `<prefix>/share/staffetta/{plugins,sdk,wit}` beside `<prefix>/bin/staffetta`. In the
//! repository they are its own `plugins/` folder. First-party plugins are only ever taken from beside the binary (or
//! from where the operator's `STAFFETTA_SHARE` points), never because of the folder one happens to work in.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Names a folder that takes the place of `<prefix>/share/staffetta`, or a checkout of the repository.
pub const SHARE_VARIABLE: &str = "STAFFETTA_SHARE";

/// The places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locations {
    share: Option<PathBuf>,
    repository: Option<PathBuf>,
    nearby: Option<PathBuf>,
}

impl Locations {
    /// For the running binary and the current folder, as they are when it is first asked: a binary that is replaced
    /// by an upgrade while it runs has no path any more.
    #[must_use]
    pub fn here() -> Self {
        static HERE: OnceLock<Locations> = OnceLock::new();
        HERE.get_or_init(Self::find).clone()
    }

    fn find() -> Self {
        let exe = std::env::current_exe().and_then(|exe| exe.canonicalize());
        let cwd = std::env::current_dir();
        let mut found = Self::of(
            exe.as_deref().unwrap_or(Path::new("")),
            cwd.as_deref().unwrap_or(Path::new("")),
        );
        if let Some(share) = std::env::var_os(SHARE_VARIABLE).filter(|value| !value.is_empty()) {
            let share = PathBuf::from(share);
            (found.share, found.repository) = if is_repository(&share) {
                (None, Some(share))
            } else {
                (Some(share), None)
            };
        }
        found
    }

    /// For a binary at `exe` (links resolved) that works in `cwd`.
    #[must_use]
    pub fn of(exe: &Path, cwd: &Path) -> Self {
        let share = exe
            .parent()
            .and_then(Path::parent)
            .map(|prefix| prefix.join("share").join("staffetta"))
            .filter(|share| share.is_dir());
        let repository = |path: &Path| {
            path.ancestors()
                .find(|folder| is_repository(folder))
                .map(Path::to_path_buf)
        };
        Self {
            share,
            repository: repository(exe),
            nearby: repository(cwd),
        }
    }

    /// The folder of the SDK's crate, for `path` dependencies. The contract's text lies beside it.
    #[must_use]
    pub fn sdk(&self) -> Option<PathBuf> {
        let installed = self.share.iter().map(|share| share.join("sdk"));
        let checkout = self.repository.iter().chain(&self.nearby);
        installed
            .chain(checkout.map(|root| root.join("plugins").join("sdk")))
            .find(|sdk| sdk.join("Cargo.toml").is_file())
    }

    /// The folder of the first-party components, whether or not they were built.
    #[must_use]
    pub fn components(&self) -> Option<PathBuf> {
        match (&self.share, &self.repository) {
            (Some(share), _) => Some(share.join("plugins")),
            (None, Some(root)) => Some(components_of(root)),
            (None, None) => None,
        }
    }

    /// The checkout that the binary was built in, if any.
    #[must_use]
    pub fn repository(&self) -> Option<&Path> {
        self.repository.as_deref()
    }
}

/// True for a checkout of Staffetta: it has the SDK, the contract and the plugins' workspace.
#[must_use]
pub fn is_repository(folder: &Path) -> bool {
    let plugins = folder.join("plugins");
    plugins.join("sdk").join("Cargo.toml").is_file()
        && plugins.join("wit").is_dir()
        && plugins.join("Cargo.toml").is_file()
}

/// Where a checkout keeps its built first-party components.
#[must_use]
pub fn components_of(repository: &Path) -> PathBuf {
    repository.join("plugins").join("target").join("components")
}

/// Where a checkout keeps the built plugins that exist for its tests.
#[must_use]
pub fn guests_of(repository: &Path) -> PathBuf {
    repository.join("plugins").join("target").join("guests")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plugin::testing::Scratch;
    use std::fs;

    fn checkout(root: &Path) {
        fs::create_dir_all(root.join("plugins/sdk")).unwrap();
        fs::create_dir_all(root.join("plugins/wit")).unwrap();
        fs::write(root.join("plugins/Cargo.toml"), "").unwrap();
        fs::write(root.join("plugins/sdk/Cargo.toml"), "").unwrap();
    }

    #[test]
    fn a_binary_in_a_checkout_uses_the_checkout() {
        let scratch = Scratch::new("locate-checkout");
        checkout(&scratch.0);
        let found = Locations::of(
            &scratch.0.join("target/debug/deps/staffetta"),
            Path::new("/"),
        );
        assert_eq!(found.sdk(), Some(scratch.0.join("plugins/sdk")));
        assert_eq!(found.components(), Some(components_of(&scratch.0)));
        assert_eq!(found.repository(), Some(scratch.0.as_path()));
    }

    #[test]
    fn an_installed_binary_uses_what_is_installed_with_it() {
        let scratch = Scratch::new("locate-installed");
        let share = scratch.0.join("usr/share/staffetta");
        fs::create_dir_all(share.join("sdk")).unwrap();
        fs::write(share.join("sdk/Cargo.toml"), "").unwrap();
        let work = scratch.0.join("work");
        checkout(&work);
        let found = Locations::of(&scratch.0.join("usr/bin/staffetta"), &work);
        assert_eq!(found.sdk(), Some(share.join("sdk")));
        assert_eq!(found.components(), Some(share.join("plugins")));
    }

    #[test]
    fn the_folder_one_works_in_gives_an_sdk_but_no_plugins() {
        let scratch = Scratch::new("locate-nearby");
        checkout(&scratch.0);
        let work = scratch.0.join("somewhere/deep");
        let found = Locations::of(Path::new("/opt/nowhere/bin/staffetta"), &work);
        assert_eq!(found.sdk(), Some(scratch.0.join("plugins/sdk")));
        assert_eq!(found.components(), None);
    }
}
