-- +goose Up
-- Apart from the contact: it may be 395,000 characters, and every page reads contacts.
CREATE TABLE contact_policy (
    account TEXT NOT NULL,
    region  TEXT NOT NULL,
    alias   TEXT NOT NULL,
    policy  TEXT NOT NULL,
    PRIMARY KEY (account, region, alias)
);

-- +goose Down
DROP TABLE contact_policy;
