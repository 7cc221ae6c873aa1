-- name: GetConfigRule :one
SELECT * FROM config_rule WHERE account = $1 AND region = $2 AND name = $3;

-- name: GetConfigRuleByID :one
SELECT * FROM config_rule WHERE account = $1 AND region = $2 AND id = $3;

-- name: PutConfigRule :exec
INSERT INTO config_rule (account, region, name, id, identifier, types, resource, parameters, rest, created, asked,
    started, invoked, evaluated, failed, error_code, error_text)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, 0, '', '')
ON CONFLICT (account, region, name) DO UPDATE SET identifier = excluded.identifier, types = excluded.types, resource = excluded.resource,
    parameters = excluded.parameters, rest = excluded.rest, asked = excluded.asked;

-- name: AskConfigRule :exec
UPDATE config_rule SET asked = $1 WHERE account = $2 AND region = $3 AND name = $4;

-- name: PutConfigRuleStatus :exec
UPDATE config_rule SET started = $1, invoked = $2, evaluated = $3, failed = $4, error_code = $5, error_text = $6
WHERE account = $7 AND region = $8 AND name = $9;

-- name: DeleteConfigRule :exec
DELETE FROM config_rule WHERE account = $1 AND region = $2 AND name = $3;

-- name: DeleteRuleEvaluations :exec
DELETE FROM config_evaluation WHERE account = $1 AND region = $2 AND rule = $3;

-- name: ListConfigRules :many
SELECT * FROM config_rule WHERE account = $1 AND region = $2 AND name > $3 ORDER BY name LIMIT $4;

-- name: ListAllConfigRules :many
SELECT * FROM config_rule WHERE account = $1 ORDER BY region, name;

-- name: CountConfigRules :one
SELECT COUNT(*) FROM config_rule WHERE account = $1 AND region = $2;

-- name: GetEvaluation :one
SELECT * FROM config_evaluation WHERE account = $1 AND region = $2 AND rule = $3 AND type = $4 AND resource = $5;

-- name: PutEvaluation :exec
INSERT INTO config_evaluation (account, region, rule, type, resource, compliance, annotation, ordering, invoked, recorded)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (account, region, rule, type, resource) DO UPDATE SET compliance = excluded.compliance, annotation = excluded.annotation,
    ordering = excluded.ordering, invoked = excluded.invoked, recorded = excluded.recorded;

-- name: DeleteEvaluation :exec
DELETE FROM config_evaluation WHERE account = $1 AND region = $2 AND rule = $3 AND type = $4 AND resource = $5;

-- name: ListRuleEvaluations :many
SELECT * FROM config_evaluation
WHERE account = @account AND region = @region AND rule = @rule AND (type > @type OR type = @type AND resource > @resource)
ORDER BY type, resource LIMIT @max;

-- name: ListResourceEvaluations :many
SELECT * FROM config_evaluation WHERE account = $1 AND region = $2 AND type = $3 AND resource = $4 AND rule > $5 ORDER BY rule LIMIT $6;

-- name: ListEvaluations :many
SELECT * FROM config_evaluation
WHERE account = @account AND region = @region AND (type > @type OR type = @type AND resource > @resource)
ORDER BY type, resource, rule LIMIT @max;

-- name: CountCompliance :many
SELECT compliance, COUNT(*) AS n FROM config_evaluation WHERE account = $1 AND region = $2 AND rule = $3 GROUP BY compliance;

-- name: GetRecorder :one
SELECT * FROM config_recorder WHERE account = $1 AND region = $2;

-- name: PutRecorder :exec
INSERT INTO config_recorder (account, region, name, body, started, stopped, changed) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (account, region) DO UPDATE SET body = excluded.body, started = excluded.started, stopped = excluded.stopped, changed = excluded.changed;

-- name: DeleteRecorder :exec
DELETE FROM config_recorder WHERE account = $1 AND region = $2;

-- name: GetDeliveryChannel :one
SELECT * FROM config_channel WHERE account = $1 AND region = $2;

-- name: PutDeliveryChannel :exec
INSERT INTO config_channel (account, region, name, body) VALUES ($1, $2, $3, $4)
ON CONFLICT (account, region) DO UPDATE SET body = excluded.body;

-- name: DeleteDeliveryChannel :exec
DELETE FROM config_channel WHERE account = $1 AND region = $2;
