-- +goose Up
-- An edit of a plan looks again at what is open, among all that ever was.
CREATE INDEX engagement_open ON engagement (account, started, id) WHERE stopped = 0;

-- +goose Down
DROP INDEX engagement_open;
