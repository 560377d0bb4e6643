-- Who may use the register. No password, session id, token, recovery code or set-up link is kept: only hashes of them.

CREATE TABLE people (
    id {{serial}},
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    all_origins BIGINT NOT NULL DEFAULT 0,
    issuer TEXT,
    subject TEXT,
    created_at BIGINT NOT NULL,
    last_login_at BIGINT,
    disabled_at BIGINT,
    -- An argon2id hash in PHC form.
    password TEXT,
    -- The secret of the second factor, sealed under the key of the server; the one that is not confirmed yet; the last step that was used; since when.
    totp TEXT,
    totp_pending TEXT,
    totp_step BIGINT,
    totp_at BIGINT,
    UNIQUE (issuer, subject)
);

CREATE TABLE recovery_codes (
    person_id BIGINT NOT NULL REFERENCES people (id),
    hash TEXT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (person_id, hash)
);

CREATE TABLE sessions (
    id {{serial}},
    hash TEXT NOT NULL UNIQUE,
    person_id BIGINT NOT NULL REFERENCES people (id),
    created_at BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
);
CREATE INDEX sessions_person ON sessions (person_id, id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- Logins that are half done: the second factor or the answer of the identity provider is missing.
CREATE TABLE login_steps (
    hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    person_id BIGINT REFERENCES people (id),
    detail TEXT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL
);
CREATE INDEX login_steps_expires ON login_steps (expires_at);

-- Links by which a person sets a password: of the first administrator (no person), or of one who was invited.
CREATE TABLE setup_links (
    hash TEXT PRIMARY KEY,
    person_id BIGINT REFERENCES people (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

-- How often something failed, by a keyed hash of a name or an address.
CREATE TABLE throttles (
    key TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE INDEX throttles_last ON throttles (last_at);

CREATE TABLE teams (
    id {{serial}},
    name TEXT NOT NULL UNIQUE,
    globs TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE team_members (
    team_id BIGINT NOT NULL REFERENCES teams (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    PRIMARY KEY (team_id, person_id)
);
CREATE INDEX team_members_person ON team_members (person_id);

CREATE TABLE api_tokens (
    id {{serial}},
    hash TEXT NOT NULL UNIQUE,
    head TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    team_id BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used BIGINT,
    revoked_at BIGINT
);

-- One row, locked by who brings an origin (shared) and by who changes what a team answers for.
INSERT INTO meta (name, value) VALUES ('teams', '');
