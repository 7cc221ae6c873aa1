-- name: InsertJob :exec
INSERT INTO job (id, queue, kind, key, account, region, due, lease, attempt, args, error, created)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, '', $9);

-- name: UpsertJob :exec
INSERT INTO job (id, queue, kind, key, account, region, due, lease, attempt, args, error, created)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, '', $9)
ON CONFLICT (kind, key) WHERE key <> ''
DO UPDATE SET due = excluded.due, args = excluded.args, lease = 0, attempt = 0, error = '';

-- name: DeleteJobKey :exec
DELETE FROM job WHERE kind = $1 AND key = $2 AND key <> '';

-- name: DeleteJob :execrows
DELETE FROM job WHERE id = $1 AND lease = $2;

-- name: TakeJob :one
DELETE FROM job WHERE id = @id AND lease <= @now AND due <= @now RETURNING *;

-- name: DueJobs :many
SELECT * FROM job WHERE queue = $1 AND due <= $2 ORDER BY due LIMIT $3;

-- name: ClaimJobs :many
UPDATE job SET lease = @until, due = @until
WHERE id IN (SELECT j.id FROM job j WHERE j.queue = @queue AND j.due <= @now ORDER BY j.due LIMIT @max)
RETURNING *;

-- name: ClaimJobsLocked :many
UPDATE job SET lease = @until, due = @until
WHERE id IN (SELECT j.id FROM job j WHERE j.queue = @queue AND j.due <= @now ORDER BY j.due LIMIT @max FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: RescheduleJob :execrows
UPDATE job SET due = $1, lease = 0, attempt = $2, error = $3 WHERE id = $4 AND lease = $5;

-- name: NextJob :one
SELECT due FROM job WHERE queue = $1 ORDER BY due LIMIT 1;

-- name: FreeLeases :execrows
UPDATE job SET lease = 0, due = $1 WHERE lease > 0;

-- name: ListJobs :many
SELECT * FROM job WHERE account = $1 ORDER BY due LIMIT $2;

-- name: OldestDue :one
SELECT CAST(COALESCE(MIN(CASE WHEN lease > 0 THEN created ELSE due END), 0) AS BIGINT) FROM job
WHERE queue = @queue AND (lease > 0 OR due <= @now);
