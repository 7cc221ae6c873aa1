-- +goose Up
-- What sources have delivered already: an event may come by several of them, and
-- again by each. Only events that a rule wanted stand here.
CREATE TABLE seen (
    account TEXT   NOT NULL,
    id      TEXT COLLATE "C" NOT NULL,
    time    BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX seen_time ON seen (time);

-- How far a source has come: of what it reads by itself.
CREATE TABLE checkpoint (
    source TEXT   NOT NULL,
    name   TEXT COLLATE "C" NOT NULL,
    value  TEXT   NOT NULL,
    time   BIGINT NOT NULL,
    PRIMARY KEY (source, name)
);

-- +goose Down
DROP TABLE checkpoint;
DROP TABLE seen;
