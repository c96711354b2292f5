-- Security events. `record` is the tenant, or empty for events that belong to none. Each event of a tenant is numbered by
-- itself, so that many of one kind cannot push out another. `at` is in UTC and sorts as text.
CREATE TABLE audit_events (
  record TEXT NOT NULL,
  event TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  at TEXT NOT NULL,
  detail TEXT NOT NULL,
  client TEXT NOT NULL,
  request TEXT NOT NULL,
  PRIMARY KEY (record, event, sequence)
);

CREATE INDEX audit_events_by_time ON audit_events (at);

INSERT INTO migrations (number) VALUES (4) ON CONFLICT (number) DO NOTHING;
