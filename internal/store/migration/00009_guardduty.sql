-- +goose Up
-- Of each account and Region one detector is its own, made by the API. Others stand
-- for detectors at AWS whose findings came in as events.
CREATE TABLE detector (
    account   TEXT NOT NULL,
    region    TEXT NOT NULL,
    id        TEXT COLLATE "C" NOT NULL,
    own       BOOLEAN NOT NULL,
    enabled   BOOLEAN NOT NULL,
    frequency TEXT NOT NULL,
    features  TEXT NOT NULL,
    created   BIGINT NOT NULL,
    updated   BIGINT NOT NULL,
    PRIMARY KEY (account, region, id)
);
CREATE UNIQUE INDEX detector_own ON detector (account, region) WHERE own;

CREATE TABLE finding (
    account  TEXT NOT NULL,
    region   TEXT NOT NULL,
    detector TEXT NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    archived BOOLEAN NOT NULL,
    feedback TEXT NOT NULL,
    updated  BIGINT NOT NULL,
    detail   TEXT NOT NULL,
    PRIMARY KEY (account, region, detector, id)
);
CREATE INDEX finding_updated ON finding (account, region, detector, updated, id);
CREATE INDEX finding_age ON finding (updated);

-- +goose Down
DROP TABLE finding;
DROP TABLE detector;
