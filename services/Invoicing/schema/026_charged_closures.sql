-- Closures that were taken over, with the units that each brought: the other side of what Subscriptions has carried.
create table charged_closures (
    closure_id      text primary key,
    subscription_id text not null,
    period_start    timestamptz not null,
    units           jsonb not null,
    charges         boolean not null,
    charged_at      timestamptz not null
);
comment on column charged_closures.charges is 'It costs something: an invoice must be there.';
create index charged_closures_of on charged_closures (subscription_id);
