-- name: GetRotation :one
SELECT * FROM rotation WHERE account = $1 AND region = $2 AND id = $3;

-- name: InsertRotation :exec
INSERT INTO rotation (account, region, id, name, contacts, start, zone, recurrence, created, modified)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: UpdateRotation :execrows
UPDATE rotation SET contacts = $1, start = $2, zone = $3, recurrence = $4, modified = $5 WHERE account = $6 AND region = $7 AND id = $8;

-- name: DeleteRotation :execrows
DELETE FROM rotation WHERE account = $1 AND region = $2 AND id = $3;

-- name: ListRotations :many
SELECT * FROM rotation WHERE account = @account AND region = @region AND (name, id) > (CAST(@after AS TEXT), CAST(@after_id AS TEXT))
ORDER BY name, id LIMIT @max;

-- name: ListRotationsOfAccount :many
SELECT * FROM rotation WHERE account = $1 ORDER BY region, name, id;

-- name: DeleteRotationsOfAccount :exec
DELETE FROM rotation WHERE account = $1;

-- name: GetRotationOverride :one
SELECT * FROM rotation_override WHERE account = $1 AND region = $2 AND rotation = $3 AND id = $4;

-- name: InsertRotationOverride :exec
INSERT INTO rotation_override (account, region, rotation, id, contacts, start, ends, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: DeleteRotationOverride :execrows
DELETE FROM rotation_override WHERE account = $1 AND region = $2 AND rotation = $3 AND id = $4;

-- name: DeleteRotationOverridesOf :exec
DELETE FROM rotation_override WHERE account = $1 AND region = $2 AND rotation = $3;

-- name: DeleteRotationOverridesOfAccount :exec
DELETE FROM rotation_override WHERE account = $1;

-- name: ListRotationOverrides :many
SELECT * FROM rotation_override WHERE account = @account AND region = @region AND rotation = @rotation AND ends > @since AND start < @until
AND (start, id) > (CAST(@after AS BIGINT), CAST(@after_id AS TEXT))
ORDER BY start, id LIMIT @max;

-- name: ListRotationOverridesOfAccount :many
SELECT * FROM rotation_override WHERE account = @account AND ends > @since ORDER BY region, rotation, start, id;

-- name: GetCalendarNumber :one
SELECT number FROM calendar WHERE account = $1 AND region = $2 AND alias = $3;

-- name: PutCalendarNumber :exec
INSERT INTO calendar (account, region, alias, number) VALUES ($1, $2, $3, $4)
ON CONFLICT (account, region, alias) DO UPDATE SET number = excluded.number;
