-- Ids of the former service (their hashes) that were moved over or ended here: never looked for over there again.
CREATE TABLE tombstones (
  record TEXT NOT NULL PRIMARY KEY
);

INSERT INTO migrations (number) VALUES (2) ON CONFLICT (number) DO NOTHING;
