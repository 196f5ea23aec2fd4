-- Until when secrets after the first are accepted; null for no end.
alter table webhook_endpoints add column old_secrets_until timestamptz;
