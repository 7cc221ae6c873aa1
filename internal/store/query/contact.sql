-- name: GetContact :one
SELECT * FROM contact WHERE account = $1 AND region = $2 AND alias = $3;

-- name: InsertContact :execrows
INSERT INTO contact (account, region, alias, type, display_name, plan, created) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (account, region, alias) DO NOTHING;

-- name: UpdateContact :execrows
UPDATE contact SET display_name = $1, plan = $2 WHERE account = $3 AND region = $4 AND alias = $5;

-- name: DeleteContact :execrows
DELETE FROM contact WHERE account = $1 AND region = $2 AND alias = $3;

-- name: ListContacts :many
SELECT * FROM contact WHERE account = $1 AND region = $2 AND alias > $3 ORDER BY alias LIMIT $4;

-- name: GetChannel :one
SELECT * FROM channel WHERE account = $1 AND region = $2 AND id = $3;

-- name: InsertChannel :exec
INSERT INTO channel (account, region, id, contact, name, type, address, activated, code, code_expires, code_tries, created)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: UpdateChannel :execrows
UPDATE channel SET name = $1, address = $2, activated = $3, code = $4, code_expires = $5, code_tries = $6
WHERE account = $7 AND region = $8 AND id = $9;

-- name: DeleteChannel :execrows
DELETE FROM channel WHERE account = $1 AND region = $2 AND id = $3;

-- name: ListChannels :many
SELECT * FROM channel WHERE account = @account AND region = @region AND contact = @contact AND (created, id) > (CAST(@after AS BIGINT), CAST(@after_id AS TEXT))
ORDER BY created, id LIMIT @max;

-- name: DeleteContactsOfAccount :exec
DELETE FROM contact WHERE account = $1;

-- name: DeleteChannelsOfAccount :exec
DELETE FROM channel WHERE account = $1;

-- name: DeletePlansOfAccount :exec
DELETE FROM response_plan WHERE account = $1;

-- name: DeleteIncidentsOfAccount :exec
DELETE FROM incident WHERE account = $1;

-- name: DeleteTimelinesOfAccount :exec
DELETE FROM timeline_event WHERE account = $1;

-- name: DeleteRelatedOfAccount :exec
DELETE FROM related_item WHERE account = $1;

-- name: DeleteEngagementsOfAccount :exec
DELETE FROM engagement WHERE account = $1;

-- name: DeletePagesOfAccount :exec
DELETE FROM page WHERE account = $1;

-- name: DeleteReceiptsOfAccount :exec
DELETE FROM receipt WHERE account = $1;

-- name: GetEngagement :one
SELECT * FROM engagement WHERE account = $1 AND region = $2 AND id = $3;

-- name: InsertEngagement :exec
INSERT INTO engagement (account, region, id, contact, sender, subject, content, public_subject, public_content, incident, started, stopped, stop_reason, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: UpdateEngagement :execrows
UPDATE engagement SET stopped = $1, stop_reason = $2, state = $3 WHERE account = $4 AND region = $5 AND id = $6;

-- name: ListEngagements :many
SELECT * FROM engagement WHERE account = @account AND region = @region AND started >= @since AND started <= @until
    AND (started, id) < (CAST(@before AS BIGINT), CAST(@before_id AS TEXT))
ORDER BY started DESC, id DESC LIMIT @max;

-- name: ListEngagementsOfIncident :many
SELECT * FROM engagement WHERE account = $1 AND incident = $2 ORDER BY started DESC, id DESC;

-- name: ListOpenEngagements :many
SELECT * FROM engagement WHERE stopped = 0 AND account = @account AND (started, id) > (CAST(@after AS BIGINT), CAST(@after_id AS TEXT))
ORDER BY started, id LIMIT @max;

-- name: GetPage :one
SELECT * FROM page WHERE account = $1 AND region = $2 AND id = $3;

-- name: InsertPage :exec
INSERT INTO page (account, region, id, engagement, contact, channel, type, sender, incident, created, sent, delivered, read_at, path, attempts, retry, late, code, wrong_codes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 0, $11, 0, $12, $13, $14, 0);

-- name: UpdatePage :execrows
UPDATE page SET sent = $1, delivered = $2, read_at = $3, attempts = $4, wrong_codes = $5 WHERE account = $6 AND region = $7 AND id = $8;

-- name: ListPagesOfEngagement :many
SELECT * FROM page WHERE account = @account AND region = @region AND engagement = @engagement AND (created, id) > (CAST(@after AS BIGINT), CAST(@after_id AS TEXT))
ORDER BY created, id LIMIT @max;

-- name: ListPagesOfContact :many
SELECT * FROM page WHERE account = @account AND region = @region AND contact = @contact AND (created, id) < (CAST(@before AS BIGINT), CAST(@before_id AS TEXT))
ORDER BY created DESC, id DESC LIMIT @max;

-- name: InsertReceipt :exec
INSERT INTO receipt (account, region, page, seq, channel, type, info, time)
SELECT CAST(@account AS TEXT), CAST(@region AS TEXT), CAST(@page AS TEXT), CAST(COALESCE(MAX(r.seq), 0) + 1 AS INTEGER),
       CAST(@channel AS TEXT), CAST(@type AS TEXT), CAST(@info AS TEXT), CAST(@time AS BIGINT)
FROM receipt r WHERE r.account = @account AND r.region = @region AND r.page = @page;

-- name: ListReceipts :many
SELECT * FROM receipt WHERE account = $1 AND region = $2 AND page = $3 ORDER BY seq DESC;

-- name: DeleteIncidentTagsOfAccount :exec
DELETE FROM tag WHERE account = $1 AND substr(arn, 1, 12) = 'arn:aws:ssm-';

-- name: ListContactsOfAccount :many
SELECT * FROM contact WHERE account = $1 ORDER BY region, alias;

-- name: ListChannelsOfAccount :many
SELECT * FROM channel WHERE account = $1 ORDER BY region, contact, created, id;

-- name: PutContactPolicy :exec
INSERT INTO contact_policy (account, region, alias, policy) VALUES ($1, $2, $3, $4)
ON CONFLICT (account, region, alias) DO UPDATE SET policy = excluded.policy;

-- name: GetContactPolicy :one
SELECT policy FROM contact_policy WHERE account = $1 AND region = $2 AND alias = $3;

-- name: DeleteContactPolicy :exec
DELETE FROM contact_policy WHERE account = $1 AND region = $2 AND alias = $3;

-- name: DeleteContactPoliciesOfAccount :exec
DELETE FROM contact_policy WHERE account = $1;
