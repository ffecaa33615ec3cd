CREATE TABLE webhooks (
  id BLOB NOT NULL PRIMARY KEY,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  events TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  created_by TEXT,
  created INTEGER NOT NULL,
  version INTEGER NOT NULL,
  read_transaction INTEGER NOT NULL,
  read_position INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  failing_since INTEGER,
  next_try INTEGER NOT NULL,
  lease BLOB,
  leased_until INTEGER,
  CONSTRAINT webhook_state CHECK (state IN ('enabled', 'paused', 'disabled')),
  CONSTRAINT disabled_for_a_reason CHECK ((state = 'disabled') = (reason IS NOT NULL)),
  CONSTRAINT webhook_reason CHECK (reason IN ('failing', 'gone'))
) STRICT;

CREATE TABLE webhook_secrets (
  id BLOB NOT NULL PRIMARY KEY,
  webhook_id BLOB NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  sealed_secret TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT;

CREATE INDEX webhook_secrets_of_webhook ON webhook_secrets (webhook_id);

CREATE TABLE webhook_deliveries (
  id BLOB NOT NULL PRIMARY KEY,
  webhook_id BLOB NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  position INTEGER,
  message TEXT NOT NULL,
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  happened INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  first_try INTEGER,
  last_try INTEGER,
  next_try INTEGER,
  settled INTEGER,
  status INTEGER,
  fault TEXT,
  duration INTEGER,
  response TEXT,
  -- Nothing is forgotten: it waits, or something came of it.
  CONSTRAINT waits_or_is_settled CHECK ((next_try IS NULL) <> (settled IS NULL))
) STRICT;

CREATE UNIQUE INDEX once_for_each_webhook ON webhook_deliveries (webhook_id, position);
CREATE INDEX deliveries_of_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX deliveries_to_send ON webhook_deliveries (webhook_id, next_try)
  WHERE next_try IS NOT NULL;
CREATE INDEX deliveries_by_age ON webhook_deliveries (settled) WHERE settled IS NOT NULL;
