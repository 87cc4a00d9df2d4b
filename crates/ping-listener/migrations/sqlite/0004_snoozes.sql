-- Checks about which no mail goes out for a while.
CREATE TABLE snoozes (
    check_id INTEGER PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;

-- When a mail would be due but for a snooze, and the end of the last snooze that held it; NULL if none did.
ALTER TABLE outbox ADD COLUMN wanted_at INTEGER;
ALTER TABLE outbox ADD COLUMN released_at INTEGER;
UPDATE outbox SET wanted_at = due_at WHERE state IN ('queued', 'leased');
-- Pages show one state at a time, latest first.
CREATE INDEX outbox_of_state ON outbox (state);

-- Who changed what of a check when (store/changes.rs has the words).
CREATE TABLE changes (
    id INTEGER PRIMARY KEY,
    check_id INTEGER NOT NULL,
    wall_at INTEGER NOT NULL,
    author TEXT NOT NULL,
    deed TEXT NOT NULL,
    -- JSON: what was changed, from what, to what.
    fields TEXT NOT NULL
) STRICT;
CREATE INDEX changes_of_check ON changes (check_id);
