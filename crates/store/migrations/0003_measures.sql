-- The eight measures, for whoever asks the database itself. Weeks and days count from 1970-01-01 UTC (a Thursday); durations are milliseconds.

CREATE INDEX exposures_first ON exposures (first_seen);

-- 1. Secrets detected, by repository and week.
CREATE VIEW measure_secrets_by_repository_and_week AS
SELECT o.kind AS origin_kind, o.name AS origin, lo.first_seen / 604800000 AS week, COUNT(*) AS secrets
FROM leak_origins lo JOIN origins o ON o.id = lo.origin_id
GROUP BY o.kind, o.name, lo.first_seen / 604800000;

-- 2. Secrets in logs: each place in the log of a job or in telemetry is a failure of redaction.
CREATE VIEW measure_secrets_in_logs AS
SELECT o.kind AS origin_kind, o.name AS origin, e.first_seen / 86400000 AS day, COUNT(*) AS places
FROM exposures e JOIN origins o ON o.id = e.origin_id
WHERE o.kind IN ('ci-log', 'telemetry')
GROUP BY o.kind, o.name, e.first_seen / 86400000;

-- 3. Time to revoke, by incident.
CREATE VIEW measure_time_to_revoke AS
SELECT id AS incident, severity, detected_at, revoked_at, revoked_at - detected_at AS took
FROM incidents WHERE revoked_at IS NOT NULL;

-- 4. Time to detect, by leak.
CREATE VIEW measure_time_to_detect AS
SELECT id AS leak, severity, leaked_at, detected_at, detected_at - leaked_at AS took
FROM leaks WHERE leaked_at IS NOT NULL AND state <> 'dismissed';

-- 5. Incidents, by the day they were detected; a quarter is a sum of days.
CREATE VIEW measure_incidents_by_day AS
SELECT detected_at / 86400000 AS day, severity, COUNT(*) AS incidents
FROM incidents WHERE state <> 'dismissed'
GROUP BY detected_at / 86400000, severity;

-- 6. The share of short-lived credentials, and 8. of secret stores with audit, as inventories tell.
CREATE VIEW measure_inventory AS
SELECT kind, COUNT(*) AS things, CAST(SUM(good) AS BIGINT) AS good
FROM inventory GROUP BY kind;

-- 7. Images with secrets.
CREATE VIEW measure_images_with_secrets AS
SELECT o.name AS image, COUNT(*) AS secrets
FROM leak_origins lo JOIN origins o ON o.id = lo.origin_id JOIN leaks l ON l.id = lo.leak_id
WHERE o.kind = 'image' AND l.state = 'open'
GROUP BY o.name;
