-- Gateways and what each has delivered. applied_through is the last report before the first gap.
create table gateways (
    id              text primary key,
    applied_through bigint not null default 0,
    settled_through timestamptz,
    last_seen       timestamptz not null default now()
);
create table usage_reports (
    gateway_id      text not null references gateways,
    sequence        bigint not null,
    settled_through timestamptz not null,
    applied_at      timestamptz not null default now(),
    entries         jsonb,
    primary key (gateway_id, sequence)
);
comment on column usage_reports.entries is 'Kept only while a report before it is missing: until then its units are not part of what a lease calls counted.';
create index usage_reports_ahead on usage_reports (gateway_id, sequence) where entries is not null;

-- Units used, and how many of them a closure has already carried to Invoicing.
create table usage (
    subscription_id text not null references subscriptions,
    period_start    timestamptz not null,
    api_id          text not null,
    day             date not null,
    gateway_id      text not null,
    period_end      timestamptz not null,
    charged         boolean not null,
    quantity        bigint not null,
    closed          bigint not null default 0 check (closed between 0 and quantity),
    primary key (subscription_id, period_start, api_id, day, gateway_id)
);

-- Entries that name a subscription unknown here: kept for an operator, billed to nobody.
create table unassigned_usage (
    gateway_id text not null,
    sequence   bigint not null,
    entry      jsonb not null,
    heard_at   timestamptz not null default now()
);

-- One row per window of a strict quota: the lock under which its units are shared out.
create table lease_windows (
    subscription_id text not null references subscriptions,
    quota_id        text not null,
    window_start    timestamptz not null,
    primary key (subscription_id, quota_id, window_start)
);
create table leases (
    subscription_id text not null,
    quota_id        text not null,
    window_start    timestamptz not null,
    gateway_id      text not null,
    granted         bigint not null check (granted >= 0),
    primary key (subscription_id, quota_id, window_start, gateway_id),
    foreign key (subscription_id, quota_id, window_start) references lease_windows
);
