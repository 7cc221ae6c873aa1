-- +goose Up
CREATE TABLE config_recorder (
    account TEXT NOT NULL,
    region  TEXT NOT NULL,
    name    TEXT NOT NULL,
    body    TEXT NOT NULL,
    started BIGINT NOT NULL,
    stopped BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    PRIMARY KEY (account, region)
);

CREATE TABLE config_channel (
    account TEXT NOT NULL,
    region  TEXT NOT NULL,
    name    TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (account, region)
);

CREATE TABLE config_rule (
    account    TEXT NOT NULL,
    region     TEXT NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    id         TEXT NOT NULL,
    identifier TEXT NOT NULL,
    types      TEXT NOT NULL,
    resource   TEXT NOT NULL,
    parameters TEXT NOT NULL,
    rest       TEXT NOT NULL,
    created    BIGINT NOT NULL,
    asked      BIGINT NOT NULL,
    started    BIGINT NOT NULL,
    invoked    BIGINT NOT NULL,
    evaluated  BIGINT NOT NULL,
    failed     BIGINT NOT NULL,
    error_code TEXT NOT NULL,
    error_text TEXT NOT NULL,
    PRIMARY KEY (account, region, name),
    UNIQUE (account, region, id)
);

CREATE TABLE config_evaluation (
    account    TEXT NOT NULL,
    region     TEXT NOT NULL,
    rule       TEXT COLLATE "C" NOT NULL,
    type       TEXT COLLATE "C" NOT NULL,
    resource   TEXT COLLATE "C" NOT NULL,
    compliance TEXT NOT NULL,
    annotation TEXT NOT NULL,
    ordering   BIGINT NOT NULL,
    invoked    BIGINT NOT NULL,
    recorded   BIGINT NOT NULL,
    PRIMARY KEY (account, region, rule, type, resource)
);
CREATE INDEX config_evaluation_resource ON config_evaluation (account, region, type, resource, rule);

-- +goose Down
DROP TABLE config_evaluation;
DROP TABLE config_rule;
DROP TABLE config_channel;
DROP TABLE config_recorder;
