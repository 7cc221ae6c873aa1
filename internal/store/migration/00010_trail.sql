-- +goose Up
-- Events that came by a log file and should have come live too, until they do or
-- are told to have been missed.
CREATE TABLE unmet (
    account TEXT   NOT NULL,
    id      TEXT COLLATE "C" NOT NULL,
    source  TEXT   NOT NULL,
    due     BIGINT NOT NULL,
    event   TEXT   NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX unmet_due ON unmet (source, due);

-- +goose Down
DROP TABLE unmet;
