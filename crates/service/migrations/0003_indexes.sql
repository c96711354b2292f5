-- An account's URLs are counted before one is added, and a key is dropped only once no row needs it. Neither may read
-- the whole table.
CREATE INDEX tenants_by_key ON tenants (key_id);

DROP INDEX tenants_by_email;

CREATE INDEX tenants_by_email ON tenants (email_tag, account_tag);

INSERT INTO migrations (number) VALUES (3) ON CONFLICT (number) DO NOTHING;
