-- due --
-- Messages to publish now, those tried least first. A message waits while an earlier one of its incident was not
-- sent; a refused picture, or one that the broker finds too large (149), does not hold up the incident's story. What an
-- earlier round noted counts no more.
SELECT row, event_id, incident_id, sequence, topic,
  (SELECT body FROM message_body WHERE message_body.row = message.row) AS body, attempts
FROM outbox AS message
WHERE verdict IS NULL AND (again_at <= :now OR round <> (SELECT round FROM delivery))
AND row NOT IN (SELECT value FROM json_each(:in_flight))
AND NOT EXISTS (
  SELECT 1 FROM outbox AS earlier
  WHERE earlier.verdict IS NULL AND earlier.incident_id = message.incident_id AND earlier.row < message.row
  AND NOT (earlier.sent AND earlier.round = (SELECT round FROM delivery))
  AND NOT (earlier.refusal IS NOT NULL AND (earlier.kind = 'picture' OR earlier.refusal = 149))
)
ORDER BY attempts, row LIMIT :limit;

-- mark_sent --
-- The broker took it, the platform has yet to answer.
UPDATE outbox SET sent = 1, refusal = NULL, attempts = attempts + 1, again_at = :again_at,
  round = (SELECT round FROM delivery)
WHERE row = :row AND verdict IS NULL;

-- mark_done --
-- Nothing more to do; a later answer of the platform replaces the verdict.
UPDATE outbox SET verdict = :verdict, sent = 1, refusal = NULL WHERE event_id = :event_id;

-- mark_refused --
-- The broker will not have it, for now.
UPDATE outbox SET refusal = :code, attempts = attempts + 1, again_at = :again_at,
  sent = sent AND round = (SELECT round FROM delivery), round = (SELECT round FROM delivery)
WHERE row = :row AND verdict IS NULL;

-- mark_missed --
-- Published, and the connection was lost before an answer.
UPDATE outbox SET attempts = attempts + 1 WHERE row IN (SELECT value FROM json_each(:rows)) AND verdict IS NULL;

-- requeue --
-- All that is not done goes out again, at once and in order.
UPDATE delivery SET round = round + 1;

-- depth --
-- Messages not done, and when the oldest was recorded.
SELECT waiting AS depth, (SELECT min(recorded) FROM outbox WHERE verdict IS NULL) AS oldest FROM delivery;

-- refusals --
-- Messages not done that the broker refused, by reason code.
SELECT refusal, count(*) AS messages FROM outbox WHERE verdict IS NULL AND refusal IS NOT NULL
GROUP BY refusal ORDER BY refusal;

-- undelivered_uris --
-- Evidence that messages which are not done name, from one message on.
SELECT row, recorded, uris FROM outbox WHERE verdict IS NULL AND (recorded, row) > (:recorded, :row)
ORDER BY recorded, row LIMIT :limit;

-- entries --
-- The latest messages, for people; without their bodies.
SELECT sequence, event_id, incident_id, kind, source, topic, size, recorded, attempts,
  sent AND (verdict IS NOT NULL OR round = (SELECT round FROM delivery)) AS sent, refusal, verdict
FROM outbox WHERE (NOT :pending_only OR verdict IS NULL) AND (:incident_id IS NULL OR incident_id = :incident_id)
ORDER BY row DESC LIMIT :limit;

-- body --
-- The bytes of one message.
SELECT body FROM message_body WHERE row = (SELECT row FROM outbox WHERE event_id = :event_id);

-- latest --
-- When the newest message was recorded.
SELECT recorded FROM outbox ORDER BY row DESC LIMIT 1;

-- oldest_done --
-- When the first message that is done was recorded, not counting those of a clock that was not set.
SELECT min(recorded) AS oldest FROM outbox WHERE verdict IS NOT NULL AND recorded >= :earliest;

-- oldest_waiting --
-- The same of the messages that are not done.
SELECT min(recorded) AS oldest FROM outbox WHERE verdict IS NULL AND recorded >= :earliest;

-- old_done --
-- Messages that are done and were recorded before a time.
SELECT row FROM outbox WHERE verdict IS NOT NULL AND recorded >= :earliest AND recorded < :before
ORDER BY recorded, row LIMIT :limit;

-- old_waiting --
-- Messages that are not done and were recorded before a time.
SELECT row FROM outbox WHERE verdict IS NULL AND recorded >= :earliest AND recorded < :before
ORDER BY recorded, row LIMIT :limit;

-- undated_done --
-- Messages that are done, of a clock that was not set, and made before a given one.
SELECT row FROM outbox WHERE verdict IS NOT NULL AND recorded < :earliest AND row < :row LIMIT :limit;

-- undated_waiting --
-- Messages that are not done, of a clock that was not set, and made before a given one.
SELECT row FROM outbox WHERE verdict IS NULL AND recorded < :earliest AND row < :row LIMIT :limit;

-- delete_messages --
-- With their bodies, but for those of the former format.
DELETE FROM outbox WHERE row IN (SELECT value FROM json_each(:rows));

-- delete_former_bodies --
-- What messages of the former format said.
DELETE FROM former_outbox WHERE row IN (SELECT value FROM json_each(:rows));
