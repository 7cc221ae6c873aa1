-- +goose Up
CREATE TABLE access_key (
    id      TEXT COLLATE "C" PRIMARY KEY,
    account TEXT NOT NULL,
    name    TEXT NOT NULL,
    rights  TEXT NOT NULL,
    secret  BYTEA NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX access_key_account ON access_key (account, id);

-- A name is unique on the whole server: it is all that people type to sign in.
CREATE TABLE person (
    name     TEXT COLLATE "C" PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    account  TEXT NOT NULL,
    rights   TEXT NOT NULL,
    password TEXT NOT NULL,
    epoch    BIGINT NOT NULL,
    created  BIGINT NOT NULL
);

CREATE TABLE passkey (
    id      TEXT PRIMARY KEY,
    person  TEXT NOT NULL,
    body    TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX passkey_person ON passkey (person);

CREATE TABLE sign_in_link (
    hash    TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    person  TEXT NOT NULL,
    rights  TEXT NOT NULL,
    expires BIGINT NOT NULL
);

CREATE TABLE session (
    hash    TEXT PRIMARY KEY,
    data    BYTEA NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX session_expires ON session (expires);

-- +goose Down
DROP TABLE session;
DROP TABLE sign_in_link;
DROP TABLE passkey;
DROP TABLE person;
DROP TABLE access_key;
