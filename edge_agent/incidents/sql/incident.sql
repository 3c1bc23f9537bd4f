-- next_sequence --
-- Takes the next sequence number of a source; the first is 1, and none that a message bears comes again.
INSERT INTO source (source, last_sequence)
VALUES (:source, 1 + coalesce((SELECT max(sequence) FROM outbox WHERE source = :source), 0))
ON CONFLICT (source) DO UPDATE SET last_sequence = max(last_sequence + 1, excluded.last_sequence)
RETURNING last_sequence;

-- last_sequence --
-- The sequence number that a source took last.
SELECT last_sequence FROM source WHERE source = :source;

-- skip_sequence --
-- The next number of a source will be larger than this one.
INSERT INTO source (source, last_sequence) VALUES (:source, :last)
ON CONFLICT (source) DO UPDATE SET last_sequence = max(last_sequence, excluded.last_sequence);

-- save_incident --
-- The latest state of an incident.
INSERT INTO incident (id, opened, closed, state, context, evidence)
VALUES (:id, :opened, :closed, :state, :context, :evidence)
ON CONFLICT (id) DO UPDATE SET
  closed = excluded.closed, state = excluded.state, context = excluded.context, evidence = excluded.evidence;

-- save_evidence --
-- Files of evidence that came after a transition.
UPDATE incident SET evidence = :evidence WHERE id = :id;

-- save_verdict --
-- The platform's answer to one event, kept with its incident; that an event was stored does not undo a judgement.
UPDATE incident SET verdict = :verdict
WHERE id = (SELECT incident_id FROM outbox WHERE event_id = :event_id) AND (:verdict <> 'accepted' OR verdict IS NULL);

-- incident --
-- One incident by its id.
SELECT id, state, context, evidence, verdict FROM incident WHERE id = :id;

-- incidents --
-- Incidents whose id begins with a text, newest first.
SELECT id, state, context, evidence, verdict FROM incident
WHERE substr(id, 1, length(:beginning)) = :beginning
ORDER BY opened DESC LIMIT :limit;

-- open_incidents --
-- What a restarted agent has to go on with.
SELECT id, state FROM incident WHERE closed IS NULL ORDER BY opened, id;

-- closed_incidents --
-- Closed between two event times: their cool-downs may still run.
SELECT id, state FROM incident WHERE closed BETWEEN :since AND :until ORDER BY closed, id;

-- insert_message --
-- One message, waiting to be published.
INSERT INTO outbox (event_id, incident_id, cause, kind, source, sequence, topic, size, uris, recorded)
VALUES (:event_id, :incident_id, :cause, :kind, :source, :sequence, :topic, :size, :uris, :recorded)
RETURNING row;

-- insert_body --
-- What it says.
INSERT INTO body (row, body) VALUES (:row, :body);

-- messages_of_cause --
-- What an earlier call with the same content made.
SELECT row, event_id, incident_id, sequence, topic,
  (SELECT body FROM message_body WHERE message_body.row = outbox.row) AS body, attempts
FROM outbox WHERE incident_id = :incident_id AND cause = :cause ORDER BY row;

-- has_message --
-- Whether an event id was given already.
SELECT 1 FROM outbox WHERE event_id = :event_id;

-- closed_before --
-- Incidents that closed before an event time, from one incident on; whether a message of theirs is kept.
SELECT rowid, closed, EXISTS (SELECT 1 FROM outbox WHERE outbox.incident_id = incident.id) AS told FROM incident
WHERE closed < :before AND (closed, rowid) > (:closed, :row) ORDER BY closed, rowid LIMIT :limit;

-- delete_incidents --
-- By their rows.
DELETE FROM incident WHERE rowid IN (SELECT value FROM json_each(:rows));
