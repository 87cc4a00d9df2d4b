-- The page of a check looks at its latest mails whenever something happens; one that was down for months has thousands.
CREATE INDEX outbox_dated ON outbox (check_id, wall_dated);
