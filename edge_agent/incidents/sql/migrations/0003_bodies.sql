-- What a message says leaves the row that tells where it stands, so that looking through the outbox reads little.
-- Bodies of former messages stay where they lie until they are pruned: moving gigabytes would hold up the start for
-- minutes and need as much room again.
ALTER TABLE outbox RENAME TO former_outbox;
DROP INDEX outbox_pending;
DROP INDEX outbox_pending_incident;

-- One row per message to the platform, in the order in which they were made.
CREATE TABLE outbox (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL UNIQUE,
  incident_id TEXT NOT NULL,       -- its row may be lost to a damaged disk; the message is delivered all the same
  cause TEXT NOT NULL,             -- what made it, e.g. opened/1767225600000000: recording the same again finds it
  kind TEXT NOT NULL CHECK (kind IN ('violation', 'picture')),
  source TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  topic TEXT NOT NULL,             -- below the box's own branch
  size INTEGER NOT NULL,           -- bytes of the body
  uris TEXT NOT NULL,              -- evidence it names, JSON array
  recorded REAL NOT NULL,          -- unix seconds
  attempts INTEGER NOT NULL DEFAULT 0,
  round INTEGER NOT NULL DEFAULT 0, -- the round of delivery in which `again_at` and `sent` were noted
  again_at REAL NOT NULL DEFAULT 0, -- not before this moment of the publisher's monotonic clock
  sent INTEGER NOT NULL DEFAULT 0, -- the broker took it
  refusal INTEGER,                 -- latest reason code >= 128
  verdict TEXT,                    -- NULL until it is done
  UNIQUE (source, sequence)
) STRICT;

-- What the messages say, in the bytes to publish.
CREATE TABLE body (
  row INTEGER PRIMARY KEY REFERENCES outbox (row) ON DELETE CASCADE,
  body BLOB NOT NULL
) STRICT;
CREATE VIEW message_body AS SELECT row, body FROM body UNION ALL SELECT row, body FROM former_outbox;

-- One row. A new round makes all that is not done due again: what was noted in an earlier one counts no more.
CREATE TABLE delivery (
  round INTEGER NOT NULL,
  waiting INTEGER NOT NULL         -- messages that are not done; kept by the triggers below
) STRICT;
INSERT INTO delivery (round, waiting) VALUES (1, 0);
CREATE TRIGGER message_made AFTER INSERT ON outbox WHEN new.verdict IS NULL
BEGIN UPDATE delivery SET waiting = waiting + 1; END;
CREATE TRIGGER message_done AFTER UPDATE OF verdict ON outbox WHEN (old.verdict IS NULL) <> (new.verdict IS NULL)
BEGIN UPDATE delivery SET waiting = waiting + iif(new.verdict IS NULL, 1, -1); END;
CREATE TRIGGER message_gone AFTER DELETE ON outbox WHEN old.verdict IS NULL
BEGIN UPDATE delivery SET waiting = waiting - 1; END;

INSERT INTO outbox
SELECT row, event_id, incident_id, cause, kind, source, sequence, topic, length(body), uris, recorded, attempts, 0,
  again_at, sent, refusal, verdict
FROM former_outbox ORDER BY row;
-- A row number is never given again, not even that of a message that was pruned.
DELETE FROM sqlite_sequence WHERE name = 'outbox';
INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox', seq FROM sqlite_sequence WHERE name = 'former_outbox';

CREATE INDEX outbox_of_cause ON outbox (incident_id, cause);
CREATE INDEX outbox_pending ON outbox (attempts, row, round, again_at) WHERE verdict IS NULL;
CREATE INDEX outbox_pending_incident ON outbox (incident_id, row) WHERE verdict IS NULL;
CREATE INDEX outbox_waiting ON outbox (recorded, row) WHERE verdict IS NULL;
CREATE INDEX outbox_done ON outbox (recorded, row) WHERE verdict IS NOT NULL;
CREATE INDEX outbox_refused ON outbox (refusal) WHERE verdict IS NULL AND refusal IS NOT NULL;
