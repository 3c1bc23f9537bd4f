-- Sequence numbers already given, per source: a renamed box starts a count of its own.
CREATE TABLE source (
  source TEXT PRIMARY KEY,
  last_sequence INTEGER NOT NULL
) STRICT;

-- One row per incident: its latest state, from which a restarted agent goes on.
CREATE TABLE incident (
  id TEXT PRIMARY KEY,
  opened REAL NOT NULL,            -- event time, unix seconds
  closed REAL,                     -- event time, NULL while open
  state TEXT NOT NULL,             -- values.incident.Incident as JSON
  context TEXT NOT NULL,           -- incidents.context.EventContext as JSON
  evidence TEXT NOT NULL           -- pictures and clips that events must name, without their bytes, as JSON
) STRICT;
CREATE INDEX incident_closed ON incident (closed);

-- One row per message to the platform, in the order in which they were made.
CREATE TABLE outbox (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL UNIQUE,
  incident_id TEXT NOT NULL REFERENCES incident (id),
  cause TEXT NOT NULL,             -- what made it, e.g. opened/1767225600000000: recording the same again finds it
  kind TEXT NOT NULL CHECK (kind IN ('violation', 'picture')),
  source TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  topic TEXT NOT NULL,             -- below the box's own branch
  body BLOB NOT NULL,              -- the bytes to publish
  uris TEXT NOT NULL,              -- evidence it names, JSON array
  recorded REAL NOT NULL,          -- unix seconds
  attempts INTEGER NOT NULL DEFAULT 0,
  again_at REAL NOT NULL DEFAULT 0, -- not before this moment of the publisher's monotonic clock
  sent INTEGER NOT NULL DEFAULT 0, -- the broker took it
  refusal INTEGER,                 -- latest reason code >= 128
  verdict TEXT,                    -- NULL until it is done
  UNIQUE (source, sequence)
) STRICT;
CREATE INDEX outbox_pending ON outbox (attempts, row) WHERE verdict IS NULL;
CREATE INDEX outbox_pending_incident ON outbox (incident_id, row) WHERE verdict IS NULL;
CREATE INDEX outbox_cause ON outbox (incident_id, cause);
