-- Instants are microseconds of service time unless a column's name begins with `wall`: then of wall-clock time.

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The last sign of life on all clocks, to go on from after a restart. One row.
CREATE TABLE stamp (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    boot_id TEXT NOT NULL,
    boot INTEGER NOT NULL,
    service INTEGER NOT NULL,
    wall_offset INTEGER NOT NULL,
    gap_since INTEGER,
    untrusted INTEGER NOT NULL
) STRICT;

-- From `since` on, wall-clock time was service time plus `wall_offset`.
CREATE TABLE wall_offsets (
    since INTEGER PRIMARY KEY,
    wall_offset INTEGER NOT NULL
) STRICT;

CREATE TABLE gaps (
    id INTEGER PRIMARY KEY,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    cause TEXT NOT NULL
) STRICT;

-- What is known of each check but its last ping, which `pulses` and `ping_batches` hold.
CREATE TABLE checks (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    period INTEGER NOT NULL,
    grace INTEGER NOT NULL,
    is_monitored INTEGER NOT NULL,
    remind_every INTEGER NOT NULL,
    refresh_on_ping INTEGER NOT NULL,
    notify_recovery INTEGER NOT NULL,
    anchor INTEGER NOT NULL,
    archived_at INTEGER,
    incidents INTEGER NOT NULL,
    -- The present incident; `down_deadline` is NULL while there is none.
    down_deadline INTEGER,
    down_extended INTEGER NOT NULL,
    down_allowance_spent INTEGER NOT NULL,
    down_alerts INTEGER NOT NULL,
    revised_at INTEGER,
    revised_due INTEGER,
    alerted_at INTEGER,
    pinged_since_alert INTEGER NOT NULL
) STRICT;

-- One row a commit: every ping of that commit (store/log.rs has the format).
CREATE TABLE ping_batches (
    id INTEGER PRIMARY KEY,
    payload BLOB NOT NULL
) STRICT;

-- The last ping of 4,096 checks a row: a cache that `ping_batches` brings up to date.
CREATE TABLE pulses (
    page INTEGER PRIMARY KEY,
    payload BLOB NOT NULL
) STRICT;

-- Pings by hour and check, sorted in from `ping_batches` (store/history.rs has the format).
CREATE TABLE history (
    wall_hour INTEGER NOT NULL,
    check_id INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (wall_hour, check_id)
) STRICT, WITHOUT ROWID;

-- How far sorting has come: of the batches up to `batch`, checks up to `check_id` are in `history` already. One row.
CREATE TABLE fold (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    batch INTEGER NOT NULL,
    check_id INTEGER NOT NULL
) STRICT;
INSERT INTO fold (one, batch, check_id) VALUES (1, 0, 0);

CREATE TABLE flips (
    id INTEGER PRIMARY KEY,
    check_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    wall_at INTEGER NOT NULL,
    is_down INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX flips_of_check ON flips (check_id, at);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    check_id INTEGER,
    incident INTEGER NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    channel TEXT NOT NULL,
    facts TEXT NOT NULL,
    -- The part of the Message-ID before the @, and the Date: fixed once.
    message_key TEXT NOT NULL,
    wall_dated INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    -- The evaluation pass that decided it, and the mail that lists it with others of that pass.
    pass INTEGER NOT NULL,
    digest INTEGER,
    state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'sent', 'given up', 'cancelled', 'joined')),
    due_at INTEGER NOT NULL,
    lease_token INTEGER,
    lease_until INTEGER,
    is_withdrawn INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    refusals INTEGER NOT NULL DEFAULT 0,
    answer TEXT,
    settled_at INTEGER,
    UNIQUE (check_id, incident, number, kind, recipient, channel)
) STRICT;
CREATE INDEX outbox_due ON outbox (state, due_at);
CREATE INDEX outbox_of_check ON outbox (check_id, recipient, state, settled_at);
-- A check that is silent for a year has sent a million reminders: what is open must be found without them.
CREATE INDEX outbox_open ON outbox (check_id) WHERE state IN ('queued', 'leased');
CREATE INDEX outbox_ungathered ON outbox (pass) WHERE state = 'queued' AND digest IS NULL;
CREATE INDEX outbox_lease ON outbox (lease_token) WHERE lease_token IS NOT NULL;
CREATE INDEX outbox_digest ON outbox (digest) WHERE digest IS NOT NULL;

-- Recipients that a mail server refused for good, until it accepts a mail for them.
CREATE TABLE refused_recipients (
    recipient TEXT PRIMARY KEY,
    refused_at INTEGER NOT NULL,
    answer TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    wall_received INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    raw BLOB NOT NULL
) STRICT;
