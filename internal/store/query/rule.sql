-- name: GetRule :one
SELECT * FROM rule WHERE account = $1 AND region = $2 AND bus = $3 AND name = $4;

-- name: PutRule :exec
INSERT INTO rule (account, region, bus, name, pattern, schedule, state, description, role_arn, created_by, created)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (account, region, bus, name) DO UPDATE SET pattern = excluded.pattern, schedule = excluded.schedule, state = excluded.state,
    description = excluded.description, role_arn = excluded.role_arn;

-- name: DeleteRule :execrows
DELETE FROM rule WHERE account = $1 AND region = $2 AND bus = $3 AND name = $4;

-- name: ListRules :many
SELECT * FROM rule WHERE account = $1 AND region = $2 AND bus = $3 AND name > $4 ORDER BY name LIMIT $5;

-- name: ListAllRules :many
SELECT * FROM rule ORDER BY account, region, bus, name;

-- name: PutTarget :exec
INSERT INTO target (account, region, bus, rule, id, arn, role_arn, input, path, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (account, region, bus, rule, id) DO UPDATE SET arn = excluded.arn, role_arn = excluded.role_arn, input = excluded.input,
    path = excluded.path, body = excluded.body;

-- name: DeleteTarget :execrows
DELETE FROM target WHERE account = $1 AND region = $2 AND bus = $3 AND rule = $4 AND id = $5;

-- name: ListTargets :many
SELECT * FROM target WHERE account = $1 AND region = $2 AND bus = $3 AND rule = $4 AND id > $5 ORDER BY id LIMIT $6;

-- name: ListAllTargets :many
SELECT * FROM target ORDER BY account, region, bus, rule, id;

-- name: ListRuleNamesByTarget :many
SELECT DISTINCT rule FROM target WHERE account = $1 AND region = $2 AND bus = $3 AND arn = $4 ORDER BY rule;
