-- name: GetReplicationSet :one
SELECT * FROM replication_set WHERE account = $1;

-- name: PutReplicationSet :exec
INSERT INTO replication_set (account, id, status, protected, regions, created_by, created, modified_by, modified)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (account) DO UPDATE SET id = excluded.id, status = excluded.status, protected = excluded.protected, regions = excluded.regions,
    created_by = excluded.created_by, created = excluded.created, modified_by = excluded.modified_by, modified = excluded.modified;

-- name: DeleteReplicationSet :exec
DELETE FROM replication_set WHERE account = $1;

-- name: GetResponsePlan :one
SELECT * FROM response_plan WHERE account = $1 AND name = $2;

-- name: InsertResponsePlan :execrows
INSERT INTO response_plan (account, name, body, created) VALUES ($1, $2, $3, $4) ON CONFLICT (account, name) DO NOTHING;

-- name: UpdateResponsePlan :execrows
UPDATE response_plan SET body = $1 WHERE account = $2 AND name = $3;

-- name: DeleteResponsePlan :execrows
DELETE FROM response_plan WHERE account = $1 AND name = $2;

-- name: ListResponsePlans :many
SELECT * FROM response_plan WHERE account = $1 AND name > $2 ORDER BY name LIMIT $3;

-- name: GetIncident :one
SELECT * FROM incident WHERE account = $1 AND id = $2;

-- name: GetOpenIncident :one
SELECT * FROM incident WHERE account = $1 AND dedupe_key = $2 AND dedupe_key <> '' AND status = 'OPEN';

-- name: ListOpenIncidentsAbout :many
SELECT i.* FROM incident i WHERE i.account = $1 AND i.dedupe_key <> '' AND i.status = 'OPEN'
    AND EXISTS (SELECT 1 FROM related_item r WHERE r.account = i.account AND r.incident = i.id AND r.type = $2 AND r.value = $3)
ORDER BY i.created, i.id;

-- name: InsertIncident :exec
INSERT INTO incident (account, id, plan, title, summary, status, impact, dedupe, dedupe_key, source, detail, created, resolved, modified, modified_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: UpdateIncident :execrows
UPDATE incident SET title = $1, summary = $2, status = $3, impact = $4, dedupe_key = $5, detail = $6, resolved = $7, modified = $8, modified_by = $9
WHERE account = $10 AND id = $11;

-- name: DeleteIncident :execrows
DELETE FROM incident WHERE account = $1 AND id = $2;

-- name: ListIncidents :many
SELECT * FROM incident WHERE account = @account AND (CAST(@status AS TEXT) = '' OR status = @status)
    AND (created, id) < (CAST(@before AS BIGINT), CAST(@before_id AS TEXT))
ORDER BY created DESC, id DESC LIMIT @max;

-- name: CountOpenIncidents :one
SELECT COUNT(*) FROM incident WHERE status = 'OPEN';

-- name: InsertTimelineEvent :exec
INSERT INTO timeline_event (account, incident, id, type, time, updated, data, refs) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: UpdateTimelineEvent :execrows
UPDATE timeline_event SET type = $1, time = $2, updated = $3, data = $4, refs = $5 WHERE account = $6 AND incident = $7 AND id = $8;

-- name: GetTimelineEvent :one
SELECT * FROM timeline_event WHERE account = $1 AND incident = $2 AND id = $3;

-- name: DeleteTimelineEvent :execrows
DELETE FROM timeline_event WHERE account = $1 AND incident = $2 AND id = $3;

-- name: DeleteTimeline :exec
DELETE FROM timeline_event WHERE account = $1 AND incident = $2;

-- name: ListTimelineDescending :many
SELECT * FROM timeline_event WHERE account = @account AND incident = @incident AND (time, id) < (CAST(@after AS BIGINT), CAST(@after_id AS TEXT))
ORDER BY time DESC, id DESC LIMIT @max;

-- name: ListTimelineAscending :many
SELECT * FROM timeline_event WHERE account = @account AND incident = @incident AND (time, id) > (CAST(@after AS BIGINT), CAST(@after_id AS TEXT))
ORDER BY time, id LIMIT @max;

-- name: InsertRelatedItem :exec
INSERT INTO related_item (account, incident, generated_id, type, value, title, created) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (account, incident, generated_id) DO UPDATE SET title = excluded.title;

-- name: ListRelatedItems :many
SELECT * FROM related_item WHERE account = $1 AND incident = $2 ORDER BY created, generated_id;

-- name: DeleteRelatedItem :execrows
DELETE FROM related_item WHERE account = $1 AND incident = $2 AND generated_id = $3;

-- name: DeleteRelatedItems :exec
DELETE FROM related_item WHERE account = $1 AND incident = $2;

-- name: TouchIncident :exec
UPDATE incident SET modified = $1, modified_by = $2 WHERE account = $3 AND id = $4;

-- name: ListAccounts :many
SELECT account FROM replication_set ORDER BY account;
