-- name: GetSetting :one
SELECT value FROM setting WHERE name = $1;

-- name: PutSetting :exec
INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: GetTags :many
SELECT key, value FROM tag WHERE account = $1 AND arn = $2 ORDER BY key;

-- name: PutTag :exec
INSERT INTO tag (account, arn, key, value) VALUES ($1, $2, $3, $4)
ON CONFLICT (account, arn, key) DO UPDATE SET value = excluded.value;

-- name: DeleteTag :exec
DELETE FROM tag WHERE account = $1 AND arn = $2 AND key = $3;

-- name: DeleteTags :exec
DELETE FROM tag WHERE account = $1 AND arn = $2;

-- name: GetOnce :one
SELECT request, answer FROM once WHERE account = $1 AND scope = $2 AND token = $3 AND expires > $4;

-- name: PutOnce :exec
INSERT INTO once (account, scope, token, request, answer, expires) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (account, scope, token) DO UPDATE SET request = excluded.request, answer = excluded.answer, expires = excluded.expires;

-- name: DeleteOnceBefore :execrows
DELETE FROM once WHERE expires <= $1;

-- name: InsertAudit :exec
INSERT INTO audit (account, time, id, principal, address, operation, resource, detail, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: ListAudit :many
SELECT * FROM audit WHERE account = @account AND (time, id) < (CAST(@before AS BIGINT), CAST(@before_id AS TEXT))
ORDER BY time DESC, id DESC LIMIT @max;

-- name: InsertOutbox :exec
INSERT INTO outbox (account, id, time, kind, type, body) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (account, id) DO NOTHING;

-- name: ListOutbox :many
SELECT * FROM outbox WHERE account = @account AND (time, id) < (CAST(@before AS BIGINT), CAST(@before_id AS TEXT))
ORDER BY time DESC, id DESC LIMIT @max;

-- name: InsertDeadLetter :exec
INSERT INTO dead_letter (account, region, id, time, rule, target, code, message, event_id, event)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: ListDeadLetters :many
SELECT * FROM dead_letter WHERE account = @account AND (time, id) < (CAST(@before AS BIGINT), CAST(@before_id AS TEXT))
ORDER BY time DESC, id DESC LIMIT @max;

-- name: CountDeadLetters :many
SELECT target, COUNT(*) AS letters FROM (
    SELECT target FROM dead_letter WHERE account = $1 ORDER BY time DESC, id DESC LIMIT $2
) AS newest GROUP BY target;
