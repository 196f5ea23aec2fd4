create extension if not exists btree_gist;

-- What other services told, newest version only.
create table organizations (
    id         text primary key,
    kind       text not null,
    title      text not null,
    catalog_id text,
    email      text not null,
    enabled    boolean not null,
    version    bigint not null
);

-- One row per catalog and product; facts is the whole ProductPublished, kept after a withdrawal for those who subscribed before.
create table published_products (
    catalog_id text not null,
    product_id text not null,
    withdrawn  boolean not null,
    facts      jsonb,
    version    bigint not null,
    primary key (catalog_id, product_id)
);
create table published_plans (
    catalog_id text not null,
    plan_id    text not null,
    product_id text not null,
    primary key (catalog_id, plan_id),
    foreign key (catalog_id, product_id) references published_products
);

create sequence feed_position;

create table applications (
    id              text primary key,
    organization_id text not null,
    title           text not null,
    created_at      timestamptz not null,
    created_by      text not null,
    deleted_at      timestamptz,
    version         bigint not null default 1
);
create index applications_of on applications (organization_id, id) where deleted_at is null;

create table subscriptions (
    id                       text primary key,
    organization_id          text not null,
    provider_organization_id text not null,
    catalog_id               text not null,
    environment              text not null,
    billing_integration_id   text,
    product_id               text not null,
    product_name             text not null,
    product_title            text not null,
    release                  text not null,
    plan_id                  text not null,
    plan                     jsonb not null,
    application_id           text references applications,
    status                   text not null check (status in ('PendingApproval', 'AwaitingPayment', 'Trialing', 'Active', 'PastDue', 'Suspended',
                                                             'Cancelling', 'Cancelled', 'Rejected', 'Expired', 'Migrated')),
    created_at               timestamptz not null,
    created_by               text not null,
    approved_at              timestamptz,
    activated_at             timestamptz,
    billed                   boolean not null default false,
    anchor                   timestamptz,
    period_index             int not null default 0,
    period_start             timestamptz,
    period_end               timestamptz,
    trial_until              timestamptz,
    grace_until              timestamptz,
    ended_at                 timestamptz,
    end_reason               text,
    final_due                timestamptz,
    final_early              boolean not null default false,
    late_usage_due           timestamptz,
    version                  bigint not null default 1,
    position                 bigint
);
comment on column subscriptions.billed is 'Invoicing was told of it (SubscriptionApproved).';
comment on column subscriptions.anchor is 'Start of the first charged period; all later ones follow from it.';
comment on column subscriptions.final_due is 'When its last closure is due at the latest; null before the end and once it is sent.';
comment on column subscriptions.final_early is 'The last closure need not wait until then once every live gateway has settled.';
-- The slot: one live subscription per organization and product, whoever clicks how often.
create unique index one_live_subscription on subscriptions (organization_id, product_id)
    where status not in ('Cancelled', 'Rejected', 'Expired', 'Migrated');
create unique index subscriptions_feed on subscriptions (position) where position is not null;
create index subscriptions_of on subscriptions (organization_id, id);
create index subscriptions_sold on subscriptions (provider_organization_id, id);
create index subscriptions_rolling on subscriptions (period_end)
    where status in ('Trialing', 'Active', 'PastDue', 'Suspended', 'Cancelling');
create index subscriptions_in_grace on subscriptions (grace_until) where grace_until is not null;
create index subscriptions_final on subscriptions (final_due) where final_due is not null;
create index subscriptions_late on subscriptions (late_usage_due) where late_usage_due is not null;

create table subscription_history (
    number          bigint generated always as identity primary key,
    subscription_id text not null references subscriptions,
    at              timestamptz not null,
    event           text not null,
    from_status     text,
    to_status       text not null,
    actor           text,
    reason          text
);
create index history_of on subscription_history (subscription_id, number);

create table periods (
    subscription_id text not null references subscriptions,
    start_at        timestamptz not null,
    end_at          timestamptz not null check (end_at >= start_at),
    charged         boolean not null,
    closed_at       timestamptz,
    primary key (subscription_id, start_at),
    constraint periods_tile exclude using gist (subscription_id with =, tstzrange(start_at, end_at) with &&)
);
create index periods_open on periods (end_at) where closed_at is null and charged;

create table closures (
    id              text primary key,
    subscription_id text not null references subscriptions,
    period_start    timestamptz not null,
    kind            text not null check (kind in ('period', 'final', 'late')),
    number          int not null,
    closed_at       timestamptz not null,
    unique (subscription_id, number)
);
create unique index one_closure_per_period on closures (subscription_id, period_start);

create table invoices (
    id                 text primary key,
    subscription_id    text not null,
    kind               text not null,
    status             text not null,
    number             text,
    hosted_invoice_url text,
    total              bigint not null,
    currency           text not null,
    covers_from        timestamptz,
    due_at             timestamptz,
    paid_at            timestamptz,
    heard              bigint generated always as identity,
    version            bigint not null
);
create index invoices_of on invoices (subscription_id);

create table plan_counts (
    plan_id text primary key,
    live    bigint not null,
    version bigint not null
);

create table access_requests (
    id              text primary key,
    subscription_id text not null references subscriptions,
    organization_id text not null,
    provider_organization_id text not null,
    api_id          text not null,
    application_id  text references applications,
    status          text not null check (status in ('pending', 'granted', 'rejected', 'revoked')),
    created_at      timestamptz not null,
    created_by      text not null,
    decided_at      timestamptz
);
create unique index one_request_per_api on access_requests (subscription_id, api_id, coalesce(application_id, ''))
    where status in ('pending', 'granted');
create index access_requests_of on access_requests (organization_id, id);
create index access_requests_sold on access_requests (provider_organization_id, id);

create table credentials (
    id                text primary key,
    organization_id   text not null,
    application_id    text references applications,
    subscription_id   text references subscriptions,
    api_id            text,
    access_request_id text references access_requests,
    key_prefix        text,
    key_hash          text unique,
    status            text not null check (status in ('active', 'suspended', 'revoked')),
    suspend_reason    text,
    created_at        timestamptz not null,
    rotated_at        timestamptz,
    version           bigint not null default 1,
    position          bigint
);
comment on column credentials.key_hash is 'SHA-256 of the key in lower-case hex; null until an authorised member has seen the key.';
create unique index credentials_feed on credentials (position) where position is not null;
create index credentials_of on credentials (organization_id, id);
create index credentials_by_subscription on credentials (subscription_id) where subscription_id is not null;
create index credentials_by_application on credentials (application_id) where application_id is not null;
create unique index one_credential_per_grant on credentials (access_request_id) where status <> 'revoked';
