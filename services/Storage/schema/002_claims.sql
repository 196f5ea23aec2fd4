-- Each use of a key has an id of its own, so that a request whose claim was taken over cannot commit any more.
alter table idempotency_keys add column claim uuid not null default gen_random_uuid();
