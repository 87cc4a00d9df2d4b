-- Checks that are made over the API or by their first ping. Their ids are above 2^31, and none is used twice.
CREATE TABLE managed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid BLOB NOT NULL,
    badge_key BLOB NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    tags TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- Whole seconds.
    timeout INTEGER NOT NULL,
    grace INTEGER NOT NULL,
    schedule TEXT NOT NULL,
    tz TEXT NOT NULL,
    max_runtime INTEGER,
    is_post_only INTEGER NOT NULL,
    manual_resume INTEGER NOT NULL,
    filter_subject INTEGER NOT NULL,
    filter_body INTEGER NOT NULL,
    filter_http_body INTEGER NOT NULL,
    filter_default_fail INTEGER NOT NULL,
    start_kw TEXT NOT NULL,
    success_kw TEXT NOT NULL,
    failure_kw TEXT NOT NULL,
    is_told INTEGER NOT NULL
) STRICT;

-- How each of them stands, as of its last ping that changed more than `pings` and `last_ping`: of these two, `pulses`
-- and `ping_batches` may know more.
CREATE TABLE managed_states (
    id INTEGER PRIMARY KEY,
    created INTEGER NOT NULL,
    state TEXT NOT NULL,
    incidents INTEGER NOT NULL,
    -- The present incident; `down_since` is NULL while there is none.
    down_number INTEGER NOT NULL,
    down_since INTEGER,
    down_reason TEXT,
    down_extended INTEGER NOT NULL,
    down_allowance_spent INTEGER NOT NULL,
    pings INTEGER NOT NULL,
    last_ping INTEGER,
    last_start INTEGER,
    last_start_rid BLOB,
    last_duration INTEGER,
    -- Other runs that have not ended: 24 bytes each, the instant and the run's id.
    runs BLOB NOT NULL
) STRICT;

-- Deleted checks of which rows are left, and the batch of the log behind which nothing is.
CREATE TABLE managed_deleted (
    id INTEGER PRIMARY KEY,
    batch INTEGER NOT NULL
) STRICT;

-- The latest pings of each managed check with all that came with them, sorted in from `ping_batches`.
CREATE TABLE managed_pings (
    check_id INTEGER NOT NULL,
    n INTEGER NOT NULL,
    at INTEGER NOT NULL,
    wall_at INTEGER NOT NULL,
    signal TEXT NOT NULL,
    scheme TEXT NOT NULL,
    method TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    remote_addr TEXT,
    rid BLOB,
    exit_status INTEGER,
    body BLOB,
    PRIMARY KEY (check_id, n)
) STRICT, WITHOUT ROWID;

-- How often 512 declared checks a row have pinged, as of what is sorted (store/tallies.rs). Page -1 marks a history that
-- was never counted: an older version left it.
CREATE TABLE tallies (
    page INTEGER PRIMARY KEY,
    payload BLOB NOT NULL
) STRICT;
INSERT INTO tallies (page, payload) SELECT -1, x'' WHERE EXISTS (SELECT 1 FROM history);

-- Keys of the API and for pings; of each only a digest.
CREATE TABLE keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('read-write', 'read-only', 'ping')),
    prefix TEXT NOT NULL,
    digest BLOB NOT NULL,
    wall_created INTEGER NOT NULL
) STRICT;

-- Where a flip of a managed check came from and led to; NULL for those of declared ones.
ALTER TABLE flips ADD COLUMN came_from TEXT;
ALTER TABLE flips ADD COLUMN led_to TEXT;
