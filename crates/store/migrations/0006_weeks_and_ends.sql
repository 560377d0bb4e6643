-- Weeks begin on Monday: 1970 began on a Thursday, so they are counted from 1969-12-29.

DROP VIEW measure_secrets_by_repository_and_week;
CREATE VIEW measure_secrets_by_repository_and_week AS
SELECT o.kind AS origin_kind, o.name AS origin, (lo.first_seen + 259200000) / 604800000 AS week, COUNT(*) AS secrets
FROM leak_origins lo JOIN origins o ON o.id = lo.origin_id
GROUP BY o.kind, o.name, (lo.first_seen + 259200000) / 604800000;

-- Who ended an exception before its time.
ALTER TABLE allowances ADD COLUMN ended_by TEXT;

-- What an incident has in common with others.
CREATE INDEX incident_groups_incident ON incident_groups (incident_id);
CREATE INDEX leaks_account ON leaks (account) WHERE account IS NOT NULL;
