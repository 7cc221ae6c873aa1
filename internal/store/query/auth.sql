-- name: GetAccessKey :one
SELECT * FROM access_key WHERE id = $1;

-- name: PutAccessKey :execrows
INSERT INTO access_key (id, account, name, rights, secret, created) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, rights = excluded.rights, secret = excluded.secret
WHERE access_key.account = excluded.account;

-- name: DeleteAccessKey :execrows
DELETE FROM access_key WHERE account = $1 AND id = $2;

-- name: ListAccessKeys :many
SELECT * FROM access_key WHERE account = $1 AND id > $2 ORDER BY id LIMIT $3;

-- name: CountAccessKeys :one
SELECT COUNT(*) FROM access_key;

-- name: GetPerson :one
SELECT * FROM person WHERE name = $1;

-- name: GetPersonByID :one
SELECT * FROM person WHERE id = $1;

-- name: InsertPerson :execrows
INSERT INTO person (name, id, account, rights, password, epoch, created) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (name) DO NOTHING;

-- name: UpdatePerson :execrows
UPDATE person SET rights = $1, password = $2, epoch = $3 WHERE id = $4;

-- name: DeletePerson :execrows
DELETE FROM person WHERE account = $1 AND id = $2;

-- name: ListPeople :many
SELECT * FROM person WHERE account = $1 AND name > $2 ORDER BY name LIMIT $3;

-- name: CountPeople :one
SELECT COUNT(*) FROM person;

-- name: PutPasskey :exec
INSERT INTO passkey (id, person, body, created) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET body = excluded.body WHERE passkey.person = excluded.person;

-- name: ListPasskeys :many
SELECT * FROM passkey WHERE person = $1 ORDER BY created, id;

-- name: DeletePasskeys :exec
DELETE FROM passkey WHERE person = $1;

-- name: InsertLink :exec
INSERT INTO sign_in_link (hash, account, person, rights, expires) VALUES ($1, $2, $3, $4, $5);

-- name: TakeLink :one
DELETE FROM sign_in_link WHERE hash = $1 RETURNING *;

-- name: DeleteLinksOf :exec
DELETE FROM sign_in_link WHERE account = $1 AND person = $2;

-- name: DeleteLinksBefore :exec
DELETE FROM sign_in_link WHERE expires <= $1;

-- name: GetSession :one
SELECT data FROM session WHERE hash = $1 AND expires > $2;

-- name: PutSession :exec
INSERT INTO session (hash, data, expires) VALUES ($1, $2, $3)
ON CONFLICT (hash) DO UPDATE SET data = excluded.data, expires = excluded.expires;

-- name: DeleteSession :exec
DELETE FROM session WHERE hash = $1;

-- name: DeleteSessionsBefore :exec
DELETE FROM session WHERE expires <= $1;
