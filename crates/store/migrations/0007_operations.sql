-- What watching and keeping a register needs.

-- Numbers for those who watch must not read a million rows.
CREATE INDEX scans_origin ON scans (origin_id, received);

-- A message may be about no incident: that what is promised will not be kept. SQLite cannot drop NOT NULL, so its table is made anew.
{{postgres}} ALTER TABLE outbox ALTER COLUMN incident_id DROP NOT NULL;
{{sqlite}} CREATE TABLE outbox_anew (id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL,
{{sqlite}}     incident_id BIGINT REFERENCES incidents (id), kind TEXT NOT NULL, alert TEXT NOT NULL, created_at BIGINT NOT NULL,
{{sqlite}}     due_at BIGINT NOT NULL, attempts BIGINT NOT NULL DEFAULT 0, lease_until BIGINT, lease_by TEXT, delivered_at BIGINT, receipt TEXT,
{{sqlite}}     dead_at BIGINT, error TEXT);
{{sqlite}} INSERT INTO outbox_anew (id, message_id, channel, incident_id, kind, alert, created_at, due_at, attempts, lease_until, lease_by,
{{sqlite}}     delivered_at, receipt, dead_at, error)
{{sqlite}}     SELECT id, message_id, channel, incident_id, kind, alert, created_at, due_at, attempts, lease_until, lease_by, delivered_at, receipt,
{{sqlite}}     dead_at, error FROM outbox;
{{sqlite}} DROP TABLE outbox;
{{sqlite}} ALTER TABLE outbox_anew RENAME TO outbox;
{{sqlite}} CREATE INDEX outbox_due ON outbox (due_at, id) WHERE delivered_at IS NULL AND dead_at IS NULL;
{{sqlite}} CREATE INDEX outbox_incident ON outbox (incident_id, id);
CREATE INDEX outbox_undelivered ON outbox (channel) WHERE delivered_at IS NULL;

-- Which promises burn their error budget too fast, and have been told of. A row is locked by the server that looks.
CREATE TABLE objective_burns (
    objective TEXT PRIMARY KEY,
    -- Nothing while it does not burn.
    urgency TEXT,
    -- Counts how often it began.
    episode BIGINT NOT NULL,
    since BIGINT NOT NULL
);

-- How far the trail was shipped, by destination; one server at a time ships to each.
CREATE TABLE trail_positions (
    destination TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    lease_by TEXT,
    lease_until BIGINT,
    told_at BIGINT NOT NULL
);

-- What is forgotten after its time is looked for by its time.
CREATE INDEX exposures_gone ON exposures (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX outbox_delivered ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX incidents_over ON incidents (closed_at) WHERE closed_at IS NOT NULL;
