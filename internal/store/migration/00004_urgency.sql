-- +goose Up
-- Of the jobs of a queue that are due, the lowest rank is done first. What has
-- none comes after all that have one.
ALTER TABLE job ADD COLUMN rank BIGINT NOT NULL DEFAULT 9223372036854775807;
-- Among a million that wait, the few that are held.
CREATE INDEX job_held ON job (queue, created) WHERE lease > 0;

-- +goose Down
DROP INDEX job_held;
ALTER TABLE job DROP COLUMN rank;
