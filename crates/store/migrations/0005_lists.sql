-- What boards count stands in the index itself: with 50,000 leaks they need not be looked up one by one.

DROP INDEX leaks_detected;
CREATE INDEX leaks_counted ON leaks (detected_at, state, severity, leaked_at);
CREATE INDEX leaks_risk ON leaks (state, severity, liveness, public);

-- Most places are in repositories: the others, which boards list by their kind, have an index that is small.
ALTER TABLE exposures ADD COLUMN kind TEXT;
UPDATE exposures SET kind = (SELECT kind FROM origins WHERE origins.id = exposures.origin_id);
CREATE INDEX exposures_elsewhere ON exposures (kind, id) WHERE kind <> 'repository';

-- Places of one leak stand together in their index.
UPDATE exposures SET place = SUBSTR('000000000000' || leak_id, LENGTH('000000000000' || leak_id) - 11) || place;

-- PostgreSQL would look up leak, origin and scan of every new place again, and lock them; nothing ever deletes one.
{{postgres}} ALTER TABLE exposures DROP CONSTRAINT exposures_leak_id_fkey;
{{postgres}} ALTER TABLE exposures DROP CONSTRAINT exposures_origin_id_fkey;
{{postgres}} ALTER TABLE exposures DROP CONSTRAINT exposures_scan_id_fkey;
