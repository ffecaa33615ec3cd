-- Read in the order of commits.
CREATE INDEX journal_in_order ON journal ("transaction", position);

CREATE TABLE webhooks (
  id uuid NOT NULL PRIMARY KEY,
  url text NOT NULL,
  description text NOT NULL,
  events text NOT NULL,
  state text NOT NULL,
  reason text,
  created_by text COLLATE "C",
  created timestamptz NOT NULL,
  version integer NOT NULL,
  read_transaction bigint NOT NULL,
  read_position integer NOT NULL,
  failures integer NOT NULL,
  failing_since timestamptz,
  next_try timestamptz NOT NULL,
  lease uuid,
  leased_until timestamptz,
  CONSTRAINT webhook_state CHECK (state IN ('enabled', 'paused', 'disabled')),
  CONSTRAINT disabled_for_a_reason CHECK ((state = 'disabled') = (reason IS NOT NULL)),
  CONSTRAINT webhook_reason CHECK (reason IN ('failing', 'gone'))
);

CREATE TABLE webhook_secrets (
  id uuid NOT NULL PRIMARY KEY,
  webhook_id uuid NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  sealed_secret text NOT NULL,
  created timestamptz NOT NULL
);

CREATE INDEX webhook_secrets_of_webhook ON webhook_secrets (webhook_id);

CREATE TABLE webhook_deliveries (
  id uuid NOT NULL PRIMARY KEY,
  webhook_id uuid NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  position integer,
  message text NOT NULL,
  type text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  happened timestamptz NOT NULL,
  attempts integer NOT NULL,
  first_try timestamptz,
  last_try timestamptz,
  next_try timestamptz,
  settled timestamptz,
  status integer,
  fault text,
  duration integer,
  response text,
  -- Nothing is forgotten: it waits, or something came of it.
  CONSTRAINT waits_or_is_settled CHECK ((next_try IS NULL) <> (settled IS NULL))
);

CREATE UNIQUE INDEX once_for_each_webhook ON webhook_deliveries (webhook_id, position);
CREATE INDEX deliveries_of_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX deliveries_to_send ON webhook_deliveries (webhook_id, next_try)
  WHERE next_try IS NOT NULL;
CREATE INDEX deliveries_by_age ON webhook_deliveries (settled) WHERE settled IS NOT NULL;
