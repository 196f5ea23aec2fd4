-- A plan as Stripe has it: a product, its prices and meters. A plan whose prices read otherwise (a quota grew) has a mirror of its own.
create table plan_mirrors (
    id             text primary key,
    integration_id text not null references billing_integrations (id),
    plan_id        text not null,
    fingerprint    text not null,
    title          text not null,
    plan           jsonb not null,
    status         text not null default 'waiting' check (status in ('waiting', 'ready', 'drifted')),
    drifted        text[] not null default '{}',
    checked_at     timestamptz,
    created_at     timestamptz not null,
    unique (integration_id, plan_id, fingerprint)
);

-- A subscription that Stripe renews. Its Stripe id stands in stripe_objects, one to one.
create table stripe_subscriptions (
    id                   text primary key references subscriptions (id),
    integration_id       text not null references billing_integrations (id),
    organization_id      text not null,
    customer_id          text not null references customers (id),
    mirror_id            text not null references plan_mirrors (id),
    plan                 jsonb not null,
    status               text not null default 'awaiting',
    anchor               timestamptz,
    ends_with_period     boolean not null default false,
    end_heard            bigint not null default 0,
    ended_at             timestamptz,
    version              bigint not null default 1,
    created_at           timestamptz not null
);
comment on column stripe_subscriptions.status is 'awaiting until it exists at Stripe; from then on Stripe''s own word.';
comment on column stripe_subscriptions.ends_with_period is 'As both sides have it, or as ours is to be told to Stripe by a job.';
comment on column stripe_subscriptions.end_heard is 'The newest version of SubscriptionEndScheduled.';
create index stripe_subscriptions_mirror on stripe_subscriptions (mirror_id);

-- A subscription has one checkout open at a time, whoever clicks how often.
create unique index checkout_sessions_one_open on checkout_sessions (subscription_id) where status = 'open' and subscription_id is not null;

-- Usage as Subscriptions counted it, each increment once by its id; what was sent together carries one batch, which is the identifier at Stripe.
create table meter_usage (
    id              text primary key,
    subscription_id text not null,
    unit            text not null,
    period_start    timestamptz not null,
    period_end      timestamptz not null,
    quantity        bigint not null,
    batch           text,
    sent_at         timestamptz,
    counted_at      timestamptz not null
);
create index meter_usage_waiting on meter_usage (subscription_id) where sent_at is null;
create index meter_usage_period on meter_usage (subscription_id, period_start);

-- What an invoice of a closed period is to settle with Stripe's own invoice of that period.
create table settlements (
    invoice_id      text primary key references invoices (id),
    subscription_id text not null references stripe_subscriptions (id),
    period_start    timestamptz not null,
    period_end      timestamptz not null,
    units           jsonb not null
);

-- Which job brings an invoice to Stripe.
alter table invoices add column job_kind text not null default 'issue_invoice';
