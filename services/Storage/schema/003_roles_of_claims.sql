-- The roles that the caller held when the key was claimed: an answer is shown again to who holds them all.
alter table idempotency_keys add column grants text[] not null default '{}';
