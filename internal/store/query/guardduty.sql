-- name: GetDetector :one
SELECT * FROM detector WHERE account = $1 AND region = $2 AND id = $3;

-- name: GetOwnDetector :one
SELECT * FROM detector WHERE account = $1 AND region = $2 AND own;

-- name: PutDetector :exec
INSERT INTO detector (account, region, id, own, enabled, frequency, features, created, updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (account, region, id) DO UPDATE SET enabled = excluded.enabled, frequency = excluded.frequency, features = excluded.features,
    updated = excluded.updated;

-- name: DeleteDetector :exec
DELETE FROM detector WHERE account = $1 AND region = $2 AND id = $3;

-- name: ListDetectors :many
SELECT * FROM detector WHERE account = @account AND region = @region AND NOT own AND id > @id ORDER BY id LIMIT @max;

-- name: GetFinding :one
SELECT * FROM finding WHERE account = $1 AND region = $2 AND detector = $3 AND id = $4;

-- name: PutFinding :exec
INSERT INTO finding (account, region, detector, id, archived, feedback, updated, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (account, region, detector, id) DO UPDATE SET archived = excluded.archived, feedback = excluded.feedback,
    updated = excluded.updated, detail = excluded.detail;

-- name: ListFindings :many
SELECT * FROM finding WHERE account = @account AND region = @region AND detector = @detector
    AND (updated, id) < (CAST(@before AS BIGINT), CAST(@before_id AS TEXT))
ORDER BY updated DESC, id DESC LIMIT @max;

-- name: DeleteFindings :exec
DELETE FROM finding WHERE account = $1 AND region = $2 AND detector = $3;

-- name: DeleteFindingsBefore :execrows
DELETE FROM finding WHERE updated < $1;
