-- name: InsertJob :exec
INSERT INTO job (id, queue, kind, key, account, region, due, lease, attempt, args, error, created, rank)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, '', $9, $10);

-- name: UpsertJob :exec
INSERT INTO job (id, queue, kind, key, account, region, due, lease, attempt, args, error, created, rank)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, '', $9, $10)
ON CONFLICT (kind, key) WHERE key <> ''
DO UPDATE SET due = excluded.due, args = excluded.args, lease = 0, attempt = 0, error = '', rank = excluded.rank;

-- name: DeleteJobKey :exec
DELETE FROM job WHERE kind = $1 AND key = $2 AND key <> '';

-- name: DeleteJob :execrows
DELETE FROM job WHERE id = $1 AND lease = $2;

-- name: TakeJob :one
DELETE FROM job WHERE id = @id AND lease <= @now AND due <= @now RETURNING *;

-- name: UrgentJobs :many
SELECT id, rank, due FROM job WHERE queue = $1 AND due <= $2 ORDER BY rank, due LIMIT $3;

-- name: JobsDue :many
SELECT id, rank, due FROM job WHERE queue = @queue AND due >= @since AND due <= @now ORDER BY due LIMIT @max;

-- name: ClaimJob :one
UPDATE job SET lease = @until, due = @until WHERE id = @id AND lease <= @now AND due <= @now RETURNING *;

-- name: RescheduleJob :execrows
UPDATE job SET due = $1, lease = 0, attempt = $2, error = $3 WHERE id = $4 AND lease = $5;

-- name: RankJob :exec
UPDATE job SET rank = $1 WHERE kind = $2 AND key = $3 AND key <> '';

-- name: NextJob :one
SELECT due FROM job WHERE queue = $1 AND due > $2 ORDER BY due LIMIT 1;

-- name: FreeLeases :execrows
UPDATE job SET lease = 0, due = $1 WHERE lease > 0;

-- name: ListJobs :many
SELECT * FROM job WHERE account = $1 ORDER BY due LIMIT $2;

-- name: OldestDue :one
SELECT due FROM job WHERE queue = $1 AND due <= $2 ORDER BY due LIMIT 1;

-- name: OldestHeld :one
SELECT created FROM job WHERE queue = $1 AND lease > 0 ORDER BY created LIMIT 1;
