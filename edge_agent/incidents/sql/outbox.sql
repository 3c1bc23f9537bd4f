-- due --
-- Messages to publish now, those tried least first. A message waits while an earlier one of its incident was not
-- sent; a refused picture, or one that the broker finds too large (149), does not hold up the incident's story.
SELECT row, event_id, incident_id, sequence, topic, body, attempts FROM outbox AS message
WHERE verdict IS NULL AND again_at <= :now
AND row NOT IN (SELECT value FROM json_each(:in_flight))
AND NOT EXISTS (
  SELECT 1 FROM outbox AS earlier
  WHERE earlier.verdict IS NULL AND earlier.incident_id = message.incident_id AND earlier.row < message.row
  AND NOT earlier.sent
  AND NOT (earlier.refusal IS NOT NULL AND (earlier.kind = 'picture' OR earlier.refusal = 149))
)
ORDER BY attempts, row LIMIT :limit;

-- mark_sent --
-- The broker took it, the platform has yet to answer.
UPDATE outbox SET sent = 1, refusal = NULL, attempts = attempts + 1, again_at = :again_at
WHERE row = :row AND verdict IS NULL;

-- mark_done --
-- Nothing more to do; a later answer of the platform replaces the verdict.
UPDATE outbox SET verdict = :verdict, sent = 1, refusal = NULL WHERE event_id = :event_id;

-- mark_refused --
-- The broker will not have it, for now.
UPDATE outbox SET refusal = :code, attempts = attempts + 1, again_at = :again_at
WHERE row = :row AND verdict IS NULL;

-- mark_missed --
-- Published, and the connection was lost before an answer.
UPDATE outbox SET attempts = attempts + 1 WHERE row IN (SELECT value FROM json_each(:rows)) AND verdict IS NULL;

-- requeue --
-- All that is not done goes out again, at once and in order.
UPDATE outbox SET sent = 0, again_at = 0 WHERE verdict IS NULL;

-- depth --
-- Messages not done, and when the oldest was recorded.
SELECT count(*) AS depth, min(recorded) AS oldest FROM outbox WHERE verdict IS NULL;

-- refusals --
-- Messages not done that the broker refused, by reason code.
SELECT refusal, count(*) AS messages FROM outbox WHERE verdict IS NULL AND refusal IS NOT NULL
GROUP BY refusal ORDER BY refusal;

-- undelivered_uris --
-- Evidence that a message which is not done names.
SELECT DISTINCT uri.value AS uri FROM outbox, json_each(outbox.uris) AS uri WHERE verdict IS NULL;

-- entries --
-- The latest messages, for people; without their bodies.
SELECT sequence, event_id, incident_id, kind, source, topic, length(body) AS size, recorded, attempts, sent, refusal,
  verdict
FROM outbox WHERE (NOT :pending_only OR verdict IS NULL) AND (:incident_id IS NULL OR incident_id = :incident_id)
ORDER BY row DESC LIMIT :limit;

-- body --
-- The bytes of one message.
SELECT body FROM outbox WHERE event_id = :event_id;

-- delete_old --
-- Messages that were recorded before a time, done or not: for a box without a platform.
DELETE FROM outbox WHERE recorded < :before;

-- delete_done --
-- Messages that are done and were recorded before a time.
DELETE FROM outbox WHERE verdict IS NOT NULL AND recorded < :before;
