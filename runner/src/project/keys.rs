//! The keys of the project's file.

use super::secret::SECRET;
use crate::yaml::table::{KeySpec, Kind, Table};

/// The file as a whole.
pub static PROJECT: Table = Table {
    name: "the project file",
    doc: "The file `staffetta.yaml` at the project's root. One project serves one or more clients.",
    keys: &[
        KeySpec {
            name: "version",
            kind: Kind::Count(1, 1),
            required: true,
            doc: "The version of this file's format: 1.",
            example: "1",
        },
        KeySpec {
            name: "clients",
            kind: Kind::Named(&CLIENT),
            required: true,
            doc: "Whose accounts and posts these are. Nothing of one client ever reaches another.",
            example: "  acme: { time-zone: Europe/Rome }",
        },
        KeySpec {
            name: "accounts",
            kind: Kind::Named(&ACCOUNT),
            required: false,
            doc: "One identity on one network each. Pipelines name them in `publish`.",
            example: "  acme-bluesky:\n    client: acme\n    network: bluesky\n    handle: acme.example\n    secrets: { app-password: { env: ACME_BSKY } }",
        },
        KeySpec {
            name: "grants",
            kind: Kind::Named(&GRANT),
            required: false,
            doc: "What plugins of this project may do, by the plugin's name. Built-in plugins have what their manifest \
                  asks for; an entry here adds to it.",
            example: "  my-plugin:\n    digest: \"sha256:0000000000000000000000000000000000000000000000000000000000000000\"\n    http: [api.example.org]",
        },
        KeySpec {
            name: "calendars",
            kind: Kind::NamedTexts,
            required: false,
            doc: "Days of rest by name: `MM-DD` for every year, `YYYY-MM-DD` for one, `easter`, `easter+1`. \
                  `it-holidays` is built in.",
            example: "  acme-rests: [08-14, 2026-12-24, easter+1]",
        },
        KeySpec {
            name: "store",
            kind: Kind::Text,
            required: false,
            doc: "The folder of the journal and of the compiled plugins, relative to the project. `.staffetta` when absent.",
            example: ".staffetta",
        },
        KeySpec {
            name: "limits",
            kind: Kind::Keys(&LIMITS),
            required: false,
            doc: "What one call of a plugin may use at most.",
            example: "{ memory: 256MB, time: 30s }",
        },
    ],
};

/// One client.
pub(super) static CLIENT: Table = Table {
    name: "a client",
    doc: "Whose accounts, posts and people these are.",
    keys: &[
        KeySpec {
            name: "name",
            kind: Kind::Text,
            required: false,
            doc: "For people. The key when absent.",
            example: "Acme Ltd",
        },
        KeySpec {
            name: "time-zone",
            kind: Kind::Text,
            required: true,
            doc: "An IANA name. Schedules and reports use it.",
            example: "Europe/Rome",
        },
        KeySpec {
            name: "languages",
            kind: Kind::Texts,
            required: false,
            doc: "BCP 47 tags, the preferred one first.",
            example: "[it, en]",
        },
        KeySpec {
            name: "calendars",
            kind: Kind::Texts,
            required: false,
            doc: "Calendars that a schedule's `except` may name.",
            example: "[it-holidays]",
        },
    ],
};

/// One account.
pub(super) static ACCOUNT: Table = Table {
    name: "an account",
    doc: "One identity on one network.",
    keys: &[
        KeySpec {
            name: "client",
            kind: Kind::Name,
            required: true,
            doc: "The client that it belongs to.",
            example: "acme",
        },
        KeySpec {
            name: "network",
            kind: Kind::Name,
            required: true,
            doc: "The plugin that knows the network.",
            example: "bluesky",
        },
        KeySpec {
            name: "via",
            kind: Kind::Name,
            required: false,
            doc: "The plugin that publishes instead of the network's own, such as `handoff` for people who post by hand. \
                  Counting and checking stay with `network`.",
            example: "handoff",
        },
        KeySpec {
            name: "handle",
            kind: Kind::Text,
            required: false,
            doc: "The account's name as the network shows it.",
            example: "\"@acme\"",
        },
        KeySpec {
            name: "language",
            kind: Kind::Text,
            required: false,
            doc: "A BCP 47 tag. The client's first language when absent.",
            example: "it",
        },
        KeySpec {
            name: "with",
            kind: Kind::Free,
            required: false,
            doc: "Settings, checked against the schema in the plugin's manifest.",
            example: "{ service: \"https://bsky.social\" }",
        },
        KeySpec {
            name: "secrets",
            kind: Kind::Named(&SECRET),
            required: false,
            doc: "Where the account's secrets are. The secrets themselves never stand in a file of the project.",
            example: "{ app-password: { env: ACME_BSKY } }",
        },
        KeySpec {
            name: "facts",
            kind: Kind::Free,
            required: false,
            doc: "Corrections of figures that the network's plugin assumes or the server told.",
            example: "{ max-chars: 1000 }",
        },
    ],
};

/// What one plugin is granted.
pub(super) static GRANT: Table = Table {
    name: "a grant",
    doc: "What a plugin may do. Neither the manifest's request nor this widens the other.",
    keys: &[
        KeySpec {
            name: "digest",
            kind: Kind::Text,
            required: false,
            doc: "The component that this grant is for. A plugin that changes must be granted again. Needed for plugins of \
                  the project.",
            example: "\"sha256:0000000000000000000000000000000000000000000000000000000000000000\"",
        },
        KeySpec {
            name: "http",
            kind: Kind::Texts,
            required: false,
            doc: "Hosts; `*.example.org` for all below.",
            example: "[api.example.org]",
        },
        KeySpec {
            name: "websocket",
            kind: Kind::Texts,
            required: false,
            doc: "Hosts of web sockets.",
            example: "[relay.example.org]",
        },
        KeySpec {
            name: "mail",
            kind: Kind::Texts,
            required: false,
            doc: "SMTP servers.",
            example: "[smtp.example.org]",
        },
        KeySpec {
            name: "files",
            kind: Kind::Keys(&FILES),
            required: false,
            doc: "Folders of the project.",
            example: "{ read: [posts], write: [out] }",
        },
        KeySpec {
            name: "sign",
            kind: Kind::Bool,
            required: false,
            doc: "May sign with the account's keys, without seeing them.",
            example: "true",
        },
    ],
};

/// Granted folders.
pub(super) static FILES: Table = Table {
    name: "granted files",
    doc: "Folders or files, relative to the project.",
    keys: &[
        KeySpec {
            name: "read",
            kind: Kind::Texts,
            required: false,
            doc: "May be read, with all below.",
            example: "[posts]",
        },
        KeySpec {
            name: "write",
            kind: Kind::Texts,
            required: false,
            doc: "May be written, with all below.",
            example: "[out]",
        },
    ],
};

/// Limits of a call.
pub(super) static LIMITS: Table = Table {
    name: "limits",
    doc: "What one call of a plugin may use at most. Crossing a limit is an error of that step.",
    keys: &[
        KeySpec {
            name: "memory",
            kind: Kind::Size,
            required: false,
            doc: "Memory of an instance.",
            example: "256MB",
        },
        KeySpec {
            name: "time",
            kind: Kind::Duration,
            required: false,
            doc: "Time of a call.",
            example: "30s",
        },
    ],
};
