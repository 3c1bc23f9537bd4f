-- next_sequence --
-- Takes the next sequence number of a source; the first is 1.
INSERT INTO source (source, last_sequence) VALUES (:source, 1)
ON CONFLICT (source) DO UPDATE SET last_sequence = last_sequence + 1
RETURNING last_sequence;

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
SELECT state FROM incident WHERE closed IS NULL ORDER BY opened, id;

-- closed_incidents --
-- Closed between two event times: their cool-downs may still run.
SELECT state FROM incident WHERE closed BETWEEN :since AND :until ORDER BY closed, id;

-- insert_message --
-- One message, waiting to be published.
INSERT INTO outbox (event_id, incident_id, cause, kind, source, sequence, topic, body, uris, recorded)
VALUES (:event_id, :incident_id, :cause, :kind, :source, :sequence, :topic, :body, :uris, :recorded)
RETURNING row, event_id, incident_id, sequence, topic, body, attempts;

-- messages_of_cause --
-- What an earlier call with the same content made.
SELECT row, event_id, incident_id, sequence, topic, body, attempts FROM outbox
WHERE incident_id = :incident_id AND cause = :cause ORDER BY row;

-- has_message --
-- Whether an event id was given already.
SELECT 1 FROM outbox WHERE event_id = :event_id;

-- delete_old_incidents --
-- Closed before an event time, and no message of theirs is kept any more.
DELETE FROM incident WHERE closed < :before
AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.incident_id = incident.id);
