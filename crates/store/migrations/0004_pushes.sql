-- What forges tell of repositories: their main branch and the latest push; and when all of an origin was scanned last, to know what is not scanned yet.

ALTER TABLE origins ADD COLUMN default_branch TEXT;
ALTER TABLE origins ADD COLUMN pushed_at BIGINT;
ALTER TABLE origins ADD COLUMN pushed_ref TEXT;
ALTER TABLE origins ADD COLUMN pushed_head TEXT;
ALTER TABLE origins ADD COLUMN scanned_at BIGINT;

UPDATE origins SET scanned_at = (
    SELECT MAX(started) FROM scans WHERE scans.origin_id = origins.id AND scans.complete = 1
);
