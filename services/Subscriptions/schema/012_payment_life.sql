-- Why access is withheld while the subscription goes on: a payment that is disputed, or the payment for this period given back. Apart from the status, which stays what it is.
alter table subscriptions add column held_for text check (held_for in ('payment_disputed', 'payment_refunded'));

alter table invoices
    add column amount_paid     bigint,
    add column amount_refunded bigint not null default 0,
    add column problem         jsonb;

-- Disputes and refunds as told by Invoicing, newest version only.
create table disputes (
    id              text primary key,
    subscription_id text not null,
    invoice_id      text not null,
    outcome         text check (outcome in ('won', 'lost', 'withdrawn')),
    version         bigint not null
);
comment on column disputes.outcome is 'Null while the bank has not decided.';
create index disputes_of on disputes (subscription_id);
create table refunds (
    id              text primary key,
    subscription_id text not null,
    status          text not null,
    version         bigint not null
);

-- A grace period that a provider gives one consumer organization, in place of its plans' own.
create table grace_periods (
    provider_organization_id text not null,
    organization_id          text not null,
    days                     int not null check (days between 0 and 90),
    changed_at               timestamptz not null,
    version                  bigint not null default 1,
    primary key (provider_organization_id, organization_id)
);

-- The one currency that an organization is billed in by an integration: that of its first billed subscription there. The key is what two at once meet at.
create table billing_currencies (
    billing_integration_id text not null,
    organization_id        text not null,
    currency               text not null,
    locked_at              timestamptz not null,
    primary key (billing_integration_id, organization_id)
);
insert into billing_currencies (billing_integration_id, organization_id, currency, locked_at)
    select distinct on (billing_integration_id, organization_id) billing_integration_id, organization_id, lower(plan ->> 'currency'), coalesce(approved_at, created_at)
    from subscriptions where billed and billing_integration_id is not null order by billing_integration_id, organization_id, created_at, id;
