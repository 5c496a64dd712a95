-- The first format. Words are those of the events in JSON; times are milliseconds since 1970; JSON is text.

-- The store's identity: `id` (random, for life), `epoch` (raised each time that it is opened for writing).
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value NOT NULL
) WITHOUT ROWID;

-- The log. It is only ever appended to; everything below but `pages`, `kv` and `facts` follows from it.
CREATE TABLE events (
    pos INTEGER PRIMARY KEY,          -- the order over all runs, in which a replay goes
    run_no INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    event TEXT NOT NULL
);
-- "The events of this run from number n on", and: no number twice.
CREATE UNIQUE INDEX events_by_run ON events (run_no, seq);

CREATE TABLE runs (
    no INTEGER PRIMARY KEY,           -- the order in which they began
    run TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    client TEXT NOT NULL,
    plan TEXT NOT NULL,
    trigger TEXT NOT NULL,
    status TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    resumed INTEGER NOT NULL,
    next_seq INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    done INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    in_doubt INTEGER NOT NULL,
    held INTEGER NOT NULL,
    refused INTEGER NOT NULL
);
-- "The run of this id", and: no id twice.
CREATE UNIQUE INDEX runs_by_id ON runs (run);
-- "The newest runs of this pipeline".
CREATE INDEX runs_by_pipeline ON runs (pipeline, no);
-- "Every unfinished run"; the newest runs in a state.
CREATE INDEX runs_by_status ON runs (status, no);

CREATE TABLE steps (
    run_no INTEGER NOT NULL,
    n INTEGER NOT NULL,               -- the order in which the run's steps were first heard of
    step TEXT NOT NULL,
    status TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    from_cursor TEXT,
    pages INTEGER NOT NULL,
    count INTEGER NOT NULL,
    cursor TEXT,
    moves TEXT,
    notes TEXT NOT NULL,
    failure TEXT,
    tolerated INTEGER NOT NULL,
    skipped TEXT,
    PRIMARY KEY (run_no, n)           -- "the steps of this run"
) WITHOUT ROWID;

-- The records of the steps. Not WITHOUT ROWID: rows are large.
CREATE TABLE pages (
    run_no INTEGER NOT NULL,
    step_n INTEGER NOT NULL,
    page INTEGER NOT NULL,
    count INTEGER NOT NULL,
    records TEXT NOT NULL
);
-- "Page p of this step".
CREATE UNIQUE INDEX pages_by_step ON pages (run_no, step_n, page);

CREATE TABLE effects (
    id INTEGER PRIMARY KEY,           -- the order in which they were intended
    key TEXT NOT NULL,
    client TEXT NOT NULL,
    account TEXT NOT NULL,
    step TEXT NOT NULL,
    post TEXT NOT NULL,
    run_no INTEGER NOT NULL,
    status TEXT NOT NULL,
    intended INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    not_before INTEGER,
    progress TEXT,
    note TEXT,
    receipt TEXT,
    failure TEXT,
    why TEXT,
    reasons TEXT,
    by_whom TEXT,
    composed_pos INTEGER NOT NULL     -- the event that holds the content
);
-- "The effects of this run", in order.
CREATE INDEX effects_by_run ON effects (run_no, id);
-- "The effects of this account", in order.
CREATE INDEX effects_by_account ON effects (account, id);
-- "Everything that is in doubt, or held".
CREATE INDEX effects_by_status ON effects (status, id);

-- Keys (n = 0) and aliases. The primary key is what makes two triggers a second apart one publication.
CREATE TABLE effect_names (
    name TEXT PRIMARY KEY,            -- "is anything of this name known?"
    effect INTEGER NOT NULL,
    n INTEGER NOT NULL
) WITHOUT ROWID;
-- "The names of this effect", in order.
CREATE INDEX effect_names_by_effect ON effect_names (effect, n);

CREATE TABLE cursors (
    pipeline TEXT NOT NULL,
    source TEXT NOT NULL,
    cursor TEXT NOT NULL,
    run_no INTEGER NOT NULL,
    PRIMARY KEY (pipeline, source)    -- "where does this source go on?"
) WITHOUT ROWID;

CREATE TABLE kv (
    client TEXT NOT NULL,
    plugin TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (client, plugin, key) -- "this key"; "the keys with this beginning"
);

CREATE TABLE facts (
    account TEXT PRIMARY KEY,         -- "what is known of this account's server?"
    facts TEXT NOT NULL,
    at INTEGER NOT NULL
);
