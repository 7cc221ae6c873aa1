-- +goose Up
CREATE TABLE rotation (
    account    TEXT NOT NULL,
    region     TEXT NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    contacts   TEXT NOT NULL,
    start      BIGINT NOT NULL,
    zone       TEXT NOT NULL,
    recurrence TEXT NOT NULL,
    created    BIGINT NOT NULL,
    modified   BIGINT NOT NULL,
    PRIMARY KEY (account, region, id)
);
CREATE INDEX rotation_name ON rotation (account, region, name, id);

CREATE TABLE rotation_override (
    account  TEXT NOT NULL,
    region   TEXT NOT NULL,
    rotation TEXT NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    contacts TEXT NOT NULL,
    start    BIGINT NOT NULL,
    ends     BIGINT NOT NULL,
    created  BIGINT NOT NULL,
    PRIMARY KEY (account, region, rotation, id)
);
-- What is asked for is what has not ended by then; the past only grows.
CREATE INDEX rotation_override_ends ON rotation_override (account, region, rotation, ends);

-- The number in a contact's calendar URLs: raising it ends those that were given out.
CREATE TABLE calendar (
    account TEXT NOT NULL,
    region  TEXT NOT NULL,
    alias   TEXT NOT NULL,
    number  BIGINT NOT NULL,
    PRIMARY KEY (account, region, alias)
);

-- +goose Down
DROP TABLE calendar;
DROP TABLE rotation_override;
DROP TABLE rotation;
