-- Hashes of ids of the TypeScript server that were imported, replaced or deleted here. They are never looked up there again.
CREATE TABLE tombstones (
  record TEXT NOT NULL PRIMARY KEY
);

INSERT INTO migrations (number) VALUES (2) ON CONFLICT (number) DO NOTHING;
