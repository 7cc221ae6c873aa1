-- One text for SQLite and PostgreSQL. Instants are microseconds since 1970 UTC,
-- zero for "not set"; JSON is TEXT; what is secret is BYTEA, sealed. Text that
-- is ordered or paged by is COLLATE "C" (byte order; registered under that name
-- in SQLite).

-- +goose Up
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE replication_set (
    account     TEXT PRIMARY KEY,
    id          TEXT NOT NULL,
    status      TEXT NOT NULL,
    protected   BOOLEAN NOT NULL,
    regions     TEXT NOT NULL,
    created_by  TEXT NOT NULL,
    created     BIGINT NOT NULL,
    modified_by TEXT NOT NULL,
    modified    BIGINT NOT NULL
);

CREATE TABLE response_plan (
    account TEXT NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    body    TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (account, name)
);

CREATE TABLE incident (
    account     TEXT NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    plan        TEXT NOT NULL,
    title       TEXT NOT NULL,
    summary     TEXT NOT NULL,
    status      TEXT NOT NULL,
    impact      INTEGER NOT NULL,
    dedupe      TEXT NOT NULL,
    dedupe_key  TEXT NOT NULL,
    source      TEXT NOT NULL,
    detail      TEXT NOT NULL,
    created     BIGINT NOT NULL,
    resolved    BIGINT NOT NULL,
    modified    BIGINT NOT NULL,
    modified_by TEXT NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX incident_created ON incident (account, created, id);
-- At most one open incident answers to a dedupe key.
CREATE UNIQUE INDEX incident_open_key ON incident (account, dedupe_key) WHERE status = 'OPEN' AND dedupe_key <> '';

CREATE TABLE timeline_event (
    account  TEXT NOT NULL,
    incident TEXT NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    type     TEXT NOT NULL,
    time     BIGINT NOT NULL,
    updated  BIGINT NOT NULL,
    data     TEXT NOT NULL,
    refs     TEXT NOT NULL,
    PRIMARY KEY (account, incident, id)
);
CREATE INDEX timeline_event_time ON timeline_event (account, incident, time, id);

CREATE TABLE related_item (
    account      TEXT NOT NULL,
    incident     TEXT NOT NULL,
    generated_id TEXT COLLATE "C" NOT NULL,
    type         TEXT NOT NULL,
    value        TEXT NOT NULL,
    title        TEXT NOT NULL,
    created      BIGINT NOT NULL,
    PRIMARY KEY (account, incident, generated_id)
);

CREATE TABLE tag (
    account TEXT NOT NULL,
    arn     TEXT NOT NULL,
    key     TEXT COLLATE "C" NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (account, arn, key)
);

CREATE TABLE contact (
    account      TEXT NOT NULL,
    region       TEXT NOT NULL,
    alias        TEXT COLLATE "C" NOT NULL,
    type         TEXT NOT NULL,
    display_name TEXT NOT NULL,
    plan         TEXT NOT NULL,
    created      BIGINT NOT NULL,
    PRIMARY KEY (account, region, alias)
);

CREATE TABLE channel (
    account      TEXT NOT NULL,
    region       TEXT NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    contact      TEXT NOT NULL,
    name         TEXT NOT NULL,
    type         TEXT NOT NULL,
    address      BYTEA NOT NULL,
    activated    BOOLEAN NOT NULL,
    code         BYTEA NOT NULL,
    code_expires BIGINT NOT NULL,
    code_tries   INTEGER NOT NULL,
    created      BIGINT NOT NULL,
    PRIMARY KEY (account, region, id)
);
CREATE INDEX channel_contact ON channel (account, region, contact, created, id);

CREATE TABLE engagement (
    account        TEXT NOT NULL,
    region         TEXT NOT NULL,
    id             TEXT COLLATE "C" NOT NULL,
    contact        TEXT NOT NULL,
    sender         TEXT NOT NULL,
    subject        TEXT NOT NULL,
    content        TEXT NOT NULL,
    public_subject TEXT NOT NULL,
    public_content TEXT NOT NULL,
    incident       TEXT NOT NULL,
    started        BIGINT NOT NULL,
    stopped        BIGINT NOT NULL,
    stop_reason    TEXT NOT NULL,
    state          TEXT NOT NULL,
    PRIMARY KEY (account, region, id)
);
CREATE INDEX engagement_started ON engagement (account, region, started, id);
CREATE INDEX engagement_incident ON engagement (account, incident);

CREATE TABLE page (
    account     TEXT NOT NULL,
    region      TEXT NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    engagement  TEXT NOT NULL,
    contact     TEXT NOT NULL,
    channel     TEXT NOT NULL,
    type        TEXT NOT NULL,
    sender      TEXT NOT NULL,
    incident    TEXT NOT NULL,
    created     BIGINT NOT NULL,
    sent        BIGINT NOT NULL,
    delivered   BIGINT NOT NULL,
    read_at     BIGINT NOT NULL,
    path        TEXT NOT NULL,
    attempts    INTEGER NOT NULL,
    retry       BIGINT NOT NULL,
    late        BIGINT NOT NULL,
    code        BYTEA NOT NULL,
    wrong_codes INTEGER NOT NULL,
    PRIMARY KEY (account, region, id)
);
CREATE INDEX page_engagement ON page (account, region, engagement, created, id);
CREATE INDEX page_contact ON page (account, region, contact, created, id);

CREATE TABLE receipt (
    account TEXT NOT NULL,
    region  TEXT NOT NULL,
    page    TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    channel TEXT NOT NULL,
    type    TEXT NOT NULL,
    info    TEXT NOT NULL,
    time    BIGINT NOT NULL,
    PRIMARY KEY (account, region, page, seq)
);

CREATE TABLE rule (
    account     TEXT NOT NULL,
    region      TEXT NOT NULL,
    bus         TEXT NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    pattern     TEXT NOT NULL,
    schedule    TEXT NOT NULL,
    state       TEXT NOT NULL,
    description TEXT NOT NULL,
    role_arn    TEXT NOT NULL,
    created_by  TEXT NOT NULL,
    created     BIGINT NOT NULL,
    PRIMARY KEY (account, region, bus, name)
);

CREATE TABLE target (
    account  TEXT NOT NULL,
    region   TEXT NOT NULL,
    bus      TEXT NOT NULL,
    rule     TEXT COLLATE "C" NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    arn      TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    input    TEXT NOT NULL,
    path     TEXT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (account, region, bus, rule, id)
);

CREATE TABLE dead_letter (
    account  TEXT NOT NULL,
    region   TEXT NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    time     BIGINT NOT NULL,
    rule     TEXT COLLATE "C" NOT NULL,
    target   TEXT NOT NULL,
    code     TEXT NOT NULL,
    message  TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event    TEXT NOT NULL,
    PRIMARY KEY (account, time, id)
);

CREATE TABLE outbox (
    account TEXT NOT NULL,
    id      TEXT COLLATE "C" NOT NULL,
    time    BIGINT NOT NULL,
    kind    TEXT NOT NULL,
    type    TEXT NOT NULL,
    body    BYTEA NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX outbox_time ON outbox (account, time, id);

CREATE TABLE job (
    id      TEXT PRIMARY KEY,
    queue   TEXT NOT NULL,
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    account TEXT NOT NULL,
    region  TEXT NOT NULL,
    due     BIGINT NOT NULL,
    lease   BIGINT NOT NULL,
    attempt INTEGER NOT NULL,
    args    TEXT NOT NULL,
    error   TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX job_due ON job (queue, due);
CREATE UNIQUE INDEX job_key ON job (kind, key) WHERE key <> '';

CREATE TABLE once (
    account TEXT NOT NULL,
    scope   TEXT NOT NULL,
    token   TEXT NOT NULL,
    request TEXT NOT NULL,
    answer  TEXT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (account, scope, token)
);
CREATE INDEX once_expires ON once (expires);

CREATE TABLE audit (
    account    TEXT NOT NULL,
    time       BIGINT NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    principal  TEXT NOT NULL,
    address    TEXT NOT NULL,
    operation  TEXT NOT NULL,
    resource   TEXT NOT NULL,
    detail     TEXT NOT NULL,
    request_id TEXT NOT NULL,
    PRIMARY KEY (account, time, id)
);

-- +goose Down
DROP TABLE audit;
DROP TABLE once;
DROP TABLE job;
DROP TABLE outbox;
DROP TABLE dead_letter;
DROP TABLE target;
DROP TABLE rule;
DROP TABLE receipt;
DROP TABLE page;
DROP TABLE engagement;
DROP TABLE channel;
DROP TABLE contact;
DROP TABLE tag;
DROP TABLE related_item;
DROP TABLE timeline_event;
DROP TABLE incident;
DROP TABLE response_plan;
DROP TABLE replication_set;
DROP TABLE setting;
