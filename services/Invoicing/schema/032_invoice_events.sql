-- What happened to invoices that a provider's own billing system charges, for that system to read in order. The feed's row gives the next number and is held until
-- the commit: a number that was read has every smaller one before it, and one that was not committed is given again.
create table invoice_feeds (
    organization_id text primary key,
    last_sequence   bigint not null default 0,
    pruned_to       bigint not null default 0 check (pruned_to <= last_sequence)
);
create table invoice_events (
    organization_id text not null references invoice_feeds (organization_id),
    sequence        bigint not null,
    id              text not null unique,
    recorded_at     timestamptz not null,
    correlation_id  text not null,
    subresource     text not null check (subresource in ('status', 'billing')),
    payload         jsonb not null,
    primary key (organization_id, sequence)
);
