-- name: InsertSeen :execrows
INSERT INTO seen (account, id, time) VALUES ($1, $2, $3) ON CONFLICT (account, id) DO NOTHING;

-- name: DeleteSeenBefore :execrows
DELETE FROM seen WHERE time < $1;

-- name: GetCheckpoint :one
SELECT value FROM checkpoint WHERE source = $1 AND name = $2;

-- name: PutCheckpoint :exec
INSERT INTO checkpoint (source, name, value, time) VALUES ($1, $2, $3, $4)
ON CONFLICT (source, name) DO UPDATE SET value = excluded.value, time = excluded.time;

-- name: ListCheckpoints :many
SELECT name, value FROM checkpoint WHERE source = $1;

-- name: DeleteCheckpointsBefore :execrows
DELETE FROM checkpoint WHERE source = $1 AND time < $2;

-- name: GetSeen :one
SELECT time FROM seen WHERE account = $1 AND id = $2;

-- name: InsertUnmet :exec
INSERT INTO unmet (account, id, source, due, event) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account, id) DO NOTHING;

-- name: DeleteUnmet :execrows
DELETE FROM unmet WHERE account = $1 AND id = $2;

-- name: ListUnmet :many
SELECT * FROM unmet WHERE account = $1 AND source = $2 AND due <= $3 ORDER BY due LIMIT $4;

-- name: DeleteUnmetBefore :execrows
DELETE FROM unmet WHERE due < $1;
