//! The table of codes. Adding one takes a line here and a page `docs/errors/<code>.md`: symptom, cause, what to do, an
//! example. The hundreds tell the part: 00 files, 01 YAML, 02 project file, 03 pipeline, 04 check, 05 run, 06 journal,
//! 07 plugins.

use std::fmt;

/// A message's code with its title and page.
#[derive(Clone, Copy)]
pub struct Code(&'static Entry);

#[derive(Debug)]
struct Entry {
    id: &'static str,
    title: &'static str,
    page: &'static str,
}

impl Code {
    /// `S` and four digits.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.0.id
    }

    /// A few words for lists.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.0.title
    }

    /// The page, in Markdown.
    #[must_use]
    pub fn page(self) -> &'static str {
        self.0.page
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Code {}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.id)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.id)
    }
}

macro_rules! codes {
    ($($name:ident $id:literal $title:literal;)*) => {
        $(
            #[doc = $title]
            pub const $name: Code = Code(&Entry {
                id: $id,
                title: $title,
                page: include_str!(concat!("../../../docs/errors/", $id, ".md")),
            });
        )*
        const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    FILE_UNREADABLE "S0001" "a file can't be read";
    FILE_TOO_LARGE "S0002" "a file is too large";
    NOT_TEXT "S0003" "a file is not UTF-8 text";
    NO_PROJECT "S0004" "no project file";
    NO_PIPELINE "S0005" "no such pipeline";

    YAML_SYNTAX "S0101" "not well-formed YAML";
    YAML_TAB "S0102" "a tab indents a line";
    YAML_EMPTY "S0103" "an empty file";
    UNKNOWN_KEY "S0104" "an unknown key";
    DUPLICATE_KEY "S0105" "a key stands twice";
    SEVERAL_DOCUMENTS "S0106" "several documents in one file";
    YAML_TOO_BIG "S0107" "too many or too deeply nested values";
    UNUSABLE_KEY "S0108" "a key that is not text";
    NUMBER_RANGE "S0109" "a number that can't be kept exactly";
    YAML_TAG "S0110" "an unknown tag";
    BAD_MERGE "S0111" "a merge key that merges nothing";
    WRONG_TYPE "S0112" "a value of the wrong type";
    MISSING_KEY "S0113" "a key is missing";
    BAD_VALUE "S0114" "a value that is not allowed here";
    BAD_NAME "S0115" "a name with characters that names can't have";
    BAD_QUANTITY "S0116" "a duration or a size that can't be read";

    UNKNOWN_CLIENT "S0201" "an unknown client";
    BAD_TIME_ZONE "S0202" "an unknown time zone";
    LITERAL_SECRET "S0203" "a secret in plain sight";
    SECRET_KIND "S0204" "a secret from an unknown place";
    PROJECT_VERSION "S0205" "a project file of another version";
    BAD_HOST "S0206" "a host that can't be granted";
    BAD_DIGEST "S0207" "a digest that can't be read";
    BAD_PATH "S0208" "a path that leaves the project";

    STEP_SHAPE "S0301" "a step that does nothing, or two things";
    BAD_USES "S0302" "`uses` that names no operation";
    DUPLICATE_STEP "S0303" "two steps of one id";
    EXPR_SYNTAX "S0304" "an expression that can't be read";
    EXPR_VARIABLE "S0305" "an unknown name in an expression";
    EXPR_FUNCTION "S0306" "an unknown filter, test or function";
    BAD_CRON "S0307" "a schedule that can't be read";
    BAD_GLOB "S0308" "a file pattern that can't be read";
    KEY_NOT_HERE "S0309" "a key that this kind of step does not have";
    EXPR_NOT_HERE "S0310" "an expression where none is evaluated";
    EXPR_FAILED "S0311" "an expression failed";
    NO_STEPS "S0312" "a pipeline without steps";

    UNKNOWN_PLUGIN "S0401" "an unknown plugin";
    UNKNOWN_OPERATION "S0402" "an unknown operation";
    NOT_EXPORTED "S0403" "an operation that the plugin does not export";
    BAD_CONFIG "S0404" "`with` does not fit the plugin's schema";
    UNKNOWN_STEP "S0405" "`from` names no step";
    STEP_ORDER "S0406" "`from` does not name an earlier step";
    UNKNOWN_ACCOUNT "S0407" "an unknown account";
    FOREIGN_ACCOUNT "S0408" "an account of another client";
    NOT_A_NETWORK "S0409" "a plugin that is no network";
    CANNOT_PUBLISH "S0410" "a network that can't publish";
    SECRET_MISSING "S0411" "an account lacks a secret";
    NOT_GRANTED "S0412" "a capability is not granted";
    DIGEST_CHANGED "S0413" "a plugin is not the one that was granted";
    STEP_UNUSED "S0414" "a step whose output nobody uses";
    RULE_UNUSED "S0415" "a rule that no publication follows";
    NOTHING_TO_DO "S0416" "a step without input";
    NOT_A_STEP "S0417" "an operation that can't be a step";
    WHICH_CLIENT "S0418" "a pipeline that does not say whose it is";
    PLUGIN_SCHEMA "S0419" "a plugin's own schema is wrong";
    DUPLICATE_ACCOUNT "S0420" "an account stands twice";
    UNKNOWN_CALENDAR "S0421" "an unknown calendar";
}

/// Every code, in order.
#[must_use]
pub fn all_codes() -> &'static [Code] {
    ALL
}

/// A code's page in Markdown. Case and a missing `S` don't matter.
#[must_use]
pub fn explain(id: &str) -> Option<&'static str> {
    let digits = id.trim().trim_start_matches(['s', 'S']);
    ALL.iter()
        .find(|code| code.id().get(1..) == Some(digits))
        .map(|code| code.page())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_ordered_and_explained() {
        for pair in ALL.windows(2) {
            assert!(
                pair[0].id() < pair[1].id(),
                "{} before {}",
                pair[0],
                pair[1]
            );
        }
        for code in ALL {
            let page = explain(code.id()).unwrap_or_default();
            let title = format!("# {}: {}\n", code.id(), code.title());
            assert!(page.starts_with(&title), "{code} has another title");
            for heading in ["## What to do", "## Example"] {
                assert!(page.contains(heading), "{code} lacks `{heading}`");
            }
        }
        assert_eq!(explain("0104"), explain("s0104"));
        assert_eq!(explain("S9999"), None);
    }
}
