-- TEXT and BIGINT alone, so that SQLite, D1 and PostgreSQL read it alike.

-- One row per file of this folder that was applied. Each file notes itself, whoever applies it.
CREATE TABLE IF NOT EXISTS migrations (
  number BIGINT NOT NULL PRIMARY KEY
);

-- One row per server key that opens this database: the index secret, sealed under that key.
CREATE TABLE server_keys (
  key_id TEXT NOT NULL PRIMARY KEY,
  sealed TEXT NOT NULL
);

-- One row per tenant. `record` is the hash of the tenant's id; nothing here opens without that id.
-- `used_on` is empty until the first call.
CREATE TABLE tenants (
  record TEXT NOT NULL PRIMARY KEY,
  key_id TEXT NOT NULL,
  sealed TEXT NOT NULL,
  jira_host TEXT NOT NULL,
  email_tag TEXT NOT NULL,
  account_tag TEXT NOT NULL,
  created_on TEXT NOT NULL,
  used_on TEXT NOT NULL
);

CREATE INDEX tenants_by_account ON tenants (account_tag);
CREATE INDEX tenants_by_email ON tenants (email_tag);
CREATE INDEX tenants_by_use ON tenants (used_on);

-- The last writing calls of each tenant: no texts.
CREATE TABLE writes (
  record TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  at TEXT NOT NULL,
  tool TEXT NOT NULL,
  worklog TEXT NOT NULL,
  outcome TEXT NOT NULL,
  PRIMARY KEY (record, sequence)
);

INSERT INTO migrations (number) VALUES (1) ON CONFLICT (number) DO NOTHING;
