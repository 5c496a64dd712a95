//! The keys of a pipeline's file.

use super::Missed;
use crate::project::SECRET;
use crate::yaml::table::{KeySpec, Kind, Table};

/// The most tries that a step can ask for.
pub(super) const MAX_RETRIES: u32 = 10;

/// The file as a whole.
pub static PIPELINE: Table = Table {
    name: "a pipeline",
    doc: "One file in `pipelines/`: a name, what starts it, and its steps.",
    keys: &[
        KeySpec {
            name: "name",
            kind: Kind::Text,
            required: true,
            doc: "For people.",
            example: "New article, everywhere",
        },
        KeySpec {
            name: "client",
            kind: Kind::Name,
            required: false,
            doc: "Whose pipeline this is. Can be left out where the project has one client.",
            example: "acme",
        },
        KeySpec {
            name: "on",
            kind: Kind::Either(&[Kind::Keys(&TRIGGERS), Kind::Word(&["manual"])]),
            required: false,
            doc: "What starts a run. `staffetta run` always can; without this key nothing else does.",
            example: "\n  watch: inbox/*.md",
        },
        KeySpec {
            name: "steps",
            kind: Kind::List(&STEP),
            required: true,
            doc: "What is done, in this order. A step reads the output of the step before it, or of the one that `from` \
                  names.",
            example: "  - uses: feed/fetch\n    with: { url: \"https://blog.acme.example/feed.xml\" }\n  - publish: [acme-bluesky]",
        },
    ],
};

/// `on`.
pub(super) static TRIGGERS: Table = Table {
    name: "`on`",
    doc: "What starts a run; several keys start it each.",
    keys: &[
        KeySpec {
            name: "watch",
            kind: Kind::Either(&[Kind::Texts, Kind::Keys(&WATCH)]),
            required: false,
            doc: "Files that appear or change: a pattern, a list of patterns, or keys.",
            example: "inbox/*.md",
        },
        KeySpec {
            name: "schedule",
            kind: Kind::Either(&[Kind::Keys(&SCHEDULE), Kind::List(&SCHEDULE)]),
            required: false,
            doc: "Times, in the client's time zone. A list for several. Checked, but `staffetta serve` does not start runs by \
                  it yet.",
            example: "{ cron: \"0 9 * * mon-fri\", except: [it-holidays] }",
        },
        KeySpec {
            name: "webhook",
            kind: Kind::Keys(&WEBHOOK),
            required: false,
            doc: "A signed HTTP request to `staffetta serve`. Checked, but not answered yet.",
            example: "{ path: new-article, secret: { env: ACME_HOOK } }",
        },
        KeySpec {
            name: "manual",
            kind: Kind::Either(&[Kind::Nothing, Kind::Bool]),
            required: false,
            doc: "Says that a person starts it. Changes nothing, since a person always can.",
            example: "true",
        },
    ],
};

/// `on.watch`.
pub(super) static WATCH: Table = Table {
    name: "`watch`",
    doc: "Patterns relative to the project. `*` stays within a folder, `**` goes through folders.",
    keys: &[
        KeySpec {
            name: "files",
            kind: Kind::Texts,
            required: true,
            doc: "What starts a run.",
            example: "[inbox/*.md, \"inbox/**/*.html\"]",
        },
        KeySpec {
            name: "ignore",
            kind: Kind::Texts,
            required: false,
            doc: "What is left out.",
            example: "\"inbox/draft-*\"",
        },
    ],
};

/// `on.schedule`.
pub(super) static SCHEDULE: Table = Table {
    name: "`schedule`",
    doc: "Times by a cron line of five fields: minute, hour, day of the month, month, day of the week.",
    keys: &[
        KeySpec {
            name: "cron",
            kind: Kind::Text,
            required: true,
            doc: "Lists, ranges, steps and the English names of months and days. When both days are restricted, either \
                  is enough. A time that the clock skips in spring runs when it moves on; one that comes twice in autumn \
                  runs once.",
            example: "\"0 9 * * mon-fri\"",
        },
        KeySpec {
            name: "except",
            kind: Kind::Texts,
            required: false,
            doc: "Calendars of the client: not on their days.",
            example: "[it-holidays]",
        },
        KeySpec {
            name: "missed",
            kind: Kind::Word(Missed::WORDS),
            required: false,
            doc: "What happens to times that passed while nothing could run: `skip` lists them, `once` (the default) runs \
                  once for all, `ask` lets a person decide, `drip` runs them one by one, spread over time.",
            example: "skip",
        },
    ],
};

/// `on.webhook`.
pub(super) static WEBHOOK: Table = Table {
    name: "`webhook`",
    doc: "A signed HTTP request.",
    keys: &[
        KeySpec {
            name: "path",
            kind: Kind::Name,
            required: true,
            doc: "The last part of its address.",
            example: "new-article",
        },
        KeySpec {
            name: "secret",
            kind: Kind::Keys(&SECRET),
            required: true,
            doc: "What requests are signed with.",
            example: "{ env: ACME_HOOK }",
        },
    ],
};

/// One of `steps`.
pub(super) static STEP: Table = Table {
    name: "a step",
    doc: "Has either `uses` or `publish`.",
    keys: &[
        KeySpec {
            name: "id",
            kind: Kind::Name,
            required: false,
            doc: "For `from` and expressions, where `-` becomes `_`. The operation's name when absent.",
            example: "article",
        },
        KeySpec {
            name: "uses",
            kind: Kind::Text,
            required: false,
            doc: "A plugin's operation: `plugin/operation`.",
            example: "shorten/fit",
        },
        KeySpec {
            name: "with",
            kind: Kind::Free,
            required: false,
            doc: "The operation's configuration, checked against the schema in the plugin's manifest. Texts may hold \
                  expressions.",
            example: "{ strategy: sentence }",
        },
        KeySpec {
            name: "publish",
            kind: Kind::Either(&[Kind::Texts, Kind::Keys(&PUBLISH)]),
            required: false,
            doc: "Puts each post out on these accounts, once, exactly as previewed.",
            example: "[acme-x, acme-bluesky]",
        },
        KeySpec {
            name: "from",
            kind: Kind::Texts,
            required: false,
            doc: "An earlier step's `id`, or a list of them: their output, one after the other, is read instead of that \
                  of the step before.",
            example: "article",
        },
        KeySpec {
            name: "if",
            kind: Kind::Either(&[Kind::Expression, Kind::Bool]),
            required: false,
            doc: "The step runs only when this expression is true.",
            example: "${{ article.count > 0 }}",
        },
        KeySpec {
            name: "timeout",
            kind: Kind::Duration,
            required: false,
            doc: "For each call of the plugin, within the project's limit.",
            example: "30s",
        },
        KeySpec {
            name: "retry",
            kind: Kind::Either(&[Kind::Count(0, MAX_RETRIES), Kind::Keys(&RETRY)]),
            required: false,
            doc: "Further tries after errors that changed nothing outside. A publication whose outcome is unknown is never \
                  tried again by this.",
            example: "3",
        },
        KeySpec {
            name: "continue-on-error",
            kind: Kind::Bool,
            required: false,
            doc: "Later steps run even when this one fails.",
            example: "true",
        },
    ],
};

/// `publish` in its long form.
pub(super) static PUBLISH: Table = Table {
    name: "`publish`",
    doc: "Where to, and on what condition.",
    keys: &[
        KeySpec {
            name: "to",
            kind: Kind::Texts,
            required: true,
            doc: "Names of accounts.",
            example: "[acme-x, acme-bluesky]",
        },
        KeySpec {
            name: "require",
            kind: Kind::Word(&["approval"]),
            required: false,
            doc: "`approval`: a person must agree to what exactly goes out; any later change asks again. Agreeing is not \
                  offered yet; until then such a step posts nothing and says so.",
            example: "approval",
        },
    ],
};

/// `retry` in its long form.
pub(super) static RETRY: Table = Table {
    name: "`retry`",
    doc: "How often and how soon.",
    keys: &[
        KeySpec {
            name: "times",
            kind: Kind::Count(0, MAX_RETRIES),
            required: true,
            doc: "Tries after the first.",
            example: "3",
        },
        KeySpec {
            name: "wait",
            kind: Kind::Duration,
            required: false,
            doc: "The pause before the first further try; it doubles each time. `10s` when absent.",
            example: "10s",
        },
    ],
};
