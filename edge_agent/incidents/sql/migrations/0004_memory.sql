-- What the agent must not forget over a restart, beside its incidents: open duties, usual views, and the operator's word
-- that a rearranged room is the usual view now. Losing it costs a little knowledge, never an event.
CREATE TABLE memory (
  camera TEXT NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('duties', 'view', 'accept-view')),
  saved REAL NOT NULL,             -- unix seconds
  body BLOB NOT NULL,
  PRIMARY KEY (camera, what)
) STRICT;
