-- Times are milliseconds since 1970 UTC; truths are 0 or 1; names of states and kinds are those of `stanch-model`.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- What secrets leak into: a repository, an image, a log.
CREATE TABLE origins (
    id {{serial}},
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    public BIGINT,
    environment TEXT,
    url TEXT,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    UNIQUE (kind, name)
);
CREATE INDEX origins_name ON origins (name);

-- Which teams answer for an origin, and so see it.
CREATE TABLE team_origins (
    team_id BIGINT NOT NULL,
    origin_id BIGINT NOT NULL REFERENCES origins (id),
    PRIMARY KEY (team_id, origin_id)
);
CREATE INDEX team_origins_origin ON team_origins (origin_id);

-- One run of a scanner over one scope of one origin.
CREATE TABLE scans (
    id {{serial}},
    client_id TEXT NOT NULL,
    origin_id BIGINT NOT NULL REFERENCES origins (id),
    scope TEXT NOT NULL,
    tool TEXT NOT NULL,
    started BIGINT NOT NULL,
    received BIGINT NOT NULL,
    finished BIGINT,
    complete BIGINT NOT NULL DEFAULT 0,
    findings BIGINT NOT NULL DEFAULT 0,
    UNIQUE (origin_id, scope, client_id)
);
CREATE INDEX scans_received ON scans (received);

-- The response to one leak, or to several that are one case.
CREATE TABLE incidents (
    id {{serial}},
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    active BIGINT NOT NULL,
    severity TEXT NOT NULL,
    severity_rank BIGINT NOT NULL,
    urgency TEXT NOT NULL,
    channels TEXT NOT NULL,
    commander TEXT,
    ops_lead TEXT,
    liaison TEXT,
    leaked_at BIGINT,
    detected_at BIGINT NOT NULL,
    acknowledged_at BIGINT,
    contained_at BIGINT,
    revoked_at BIGINT,
    rotated_at BIGINT,
    proven_at BIGINT,
    closed_at BIGINT,
    dismissed_at BIGINT,
    reopened_at BIGINT,
    reopens BIGINT NOT NULL DEFAULT 0,
    leaks BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 1,
    updated_at BIGINT NOT NULL
);
CREATE INDEX incidents_active ON incidents (active, severity_rank, id);
CREATE INDEX incidents_state ON incidents (state, id);
CREATE INDEX incidents_detected ON incidents (detected_at);
CREATE INDEX incidents_revoked ON incidents (revoked_at);

-- What makes a later leak part of an incident: the same commit, account or repository.
CREATE TABLE incident_groups (
    key TEXT NOT NULL,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (key, incident_id)
);

-- One secret.
CREATE TABLE leaks (
    id {{serial}},
    fingerprint TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    severity TEXT NOT NULL,
    severity_rank BIGINT NOT NULL,
    severity_because TEXT NOT NULL,
    reported_severity TEXT NOT NULL,
    confidence TEXT NOT NULL,
    class TEXT,
    preview TEXT NOT NULL,
    account TEXT,
    details TEXT NOT NULL,
    liveness TEXT NOT NULL,
    verified_at BIGINT,
    state TEXT NOT NULL,
    public BIGINT NOT NULL DEFAULT 0,
    environment TEXT,
    owner TEXT,
    owner_score DOUBLE PRECISION,
    owner_because TEXT,
    leaked_at BIGINT,
    detected_at BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    exposures BIGINT NOT NULL DEFAULT 0,
    origins BIGINT NOT NULL DEFAULT 0,
    regressions BIGINT NOT NULL DEFAULT 0,
    incident_id BIGINT REFERENCES incidents (id)
);
CREATE INDEX leaks_incident ON leaks (incident_id);
CREATE INDEX leaks_state ON leaks (state, severity_rank, id);
CREATE INDEX leaks_rule ON leaks (rule, id);
CREATE INDEX leaks_detected ON leaks (detected_at);
CREATE INDEX leaks_seen ON leaks (last_seen, id);
CREATE INDEX leaks_owner ON leaks (owner, id);

-- Every fingerprint a leak has or had: under the key of today and, while keys are rotated, under the one before.
CREATE TABLE fingerprints (
    fingerprint TEXT PRIMARY KEY,
    leak_id BIGINT NOT NULL REFERENCES leaks (id)
);
CREATE INDEX fingerprints_leak ON fingerprints (leak_id);

-- One secret in one place.
CREATE TABLE exposures (
    id {{serial}},
    place TEXT NOT NULL UNIQUE,
    leak_id BIGINT NOT NULL REFERENCES leaks (id),
    origin_id BIGINT NOT NULL REFERENCES origins (id),
    scan_id BIGINT NOT NULL REFERENCES scans (id),
    scope TEXT NOT NULL,
    path TEXT NOT NULL,
    line BIGINT NOT NULL,
    commit_id TEXT,
    author TEXT,
    exposed_at BIGINT,
    provenance TEXT NOT NULL,
    url TEXT,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    gone_at BIGINT
);
CREATE INDEX exposures_leak ON exposures (leak_id, id);
CREATE INDEX exposures_scope ON exposures (origin_id, scope, scan_id) WHERE gone_at IS NULL;

-- In which origins a leak is, and in how many places there.
CREATE TABLE leak_origins (
    leak_id BIGINT NOT NULL REFERENCES leaks (id),
    origin_id BIGINT NOT NULL REFERENCES origins (id),
    exposures BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    PRIMARY KEY (leak_id, origin_id)
);
CREATE INDEX leak_origins_origin ON leak_origins (origin_id, leak_id);

-- The audit trail, which is the timeline of incidents too. Each row holds the hash of the one before.
CREATE TABLE events (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    incident_id BIGINT,
    leak_id BIGINT,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX events_incident ON events (incident_id, seq);
CREATE INDEX events_leak ON events (leak_id, seq);
CREATE INDEX events_kind ON events (kind, seq);

-- The head of the trail: one row, locked by whoever appends.
CREATE TABLE trail_head (
    id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO trail_head (id, seq, hash) VALUES (1, 0, '');

-- Messages to channels, written with the change that causes them.
CREATE TABLE outbox (
    id {{serial}},
    message_id TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    kind TEXT NOT NULL,
    alert TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT,
    lease_by TEXT,
    delivered_at BIGINT,
    receipt TEXT,
    dead_at BIGINT,
    error TEXT
);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE delivered_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_incident ON outbox (incident_id, id);

-- What is to happen at a time unless the incident changes before: an escalation, an end of quiet hours.
CREATE TABLE timers (
    id {{serial}},
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX timers_due ON timers (due_at) WHERE done_at IS NULL;
CREATE INDEX timers_incident ON timers (incident_id);

-- The checklist of an incident.
CREATE TABLE tasks (
    id {{serial}},
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    position BIGINT NOT NULL,
    text TEXT NOT NULL,
    done_at BIGINT,
    done_by TEXT
);
CREATE INDEX tasks_incident ON tasks (incident_id, position);

-- Exceptions the server knows of.
CREATE TABLE allowances (
    id {{serial}},
    fingerprint TEXT NOT NULL,
    reason TEXT NOT NULL,
    words TEXT NOT NULL,
    owner TEXT NOT NULL,
    approver TEXT,
    ticket TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    ended_at BIGINT
);
CREATE INDEX allowances_fingerprint ON allowances (fingerprint);
CREATE INDEX allowances_expires ON allowances (expires_at) WHERE ended_at IS NULL;

-- What gates did: a hook or a CI job that blocked, or was bypassed.
CREATE TABLE gate_events (
    id {{serial}},
    client_id TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    gate TEXT NOT NULL,
    outcome TEXT NOT NULL,
    origin_id BIGINT NOT NULL REFERENCES origins (id),
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    findings TEXT NOT NULL
);
CREATE INDEX gate_events_at ON gate_events (at);

-- How many new exposures a day brought, for charts that must not count a million rows.
CREATE TABLE daily_counts (
    day BIGINT NOT NULL,
    origin_id BIGINT NOT NULL REFERENCES origins (id),
    exposures BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (day, origin_id)
);

-- What other systems tell of the measures that findings do not: lifetimes of credentials, audit of secret stores, images.
CREATE TABLE inventory (
    id {{serial}},
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    good BIGINT NOT NULL,
    detail TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    UNIQUE (kind, name)
);

-- Answers to requests that may be sent again.
CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    answer TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX idempotency_at ON idempotency (at);
