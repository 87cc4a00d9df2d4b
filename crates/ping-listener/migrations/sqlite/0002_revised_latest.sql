-- What gaps may make of `revised_due` at the latest, but for the lengths of those since `revised_at`. Before, that was
-- the tolerance from the edit on, by default as much again as the check may be silent.
ALTER TABLE checks ADD COLUMN revised_latest INTEGER;
UPDATE checks SET revised_latest = revised_due + period + grace WHERE revised_due IS NOT NULL;
