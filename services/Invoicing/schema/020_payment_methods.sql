-- Organizations as heard: whom a customer is made for before it has a subscription.
create table organizations (
    id         text primary key,
    kind       text not null,
    title      text not null,
    email      text not null,
    version    bigint not null,
    deleted_at timestamptz
);
-- Those that were told of before this service listened are known from what they subscribed to.
insert into organizations (id, kind, title, email, version)
    select distinct on (organization_id) organization_id, 'consumer', organization_title, email, 0
    from subscriptions where organization_title is not null and email is not null order by organization_id, id desc;

alter table catalogs
    add column payment_methods         boolean not null default true,
    add column payment_method_required boolean not null default false;
-- Whose settings a subscription is charged under; unknown for those that began before.
alter table subscriptions add column catalog_id text;

-- A card or account that is kept at Stripe for a customer. Its token is in stripe_objects; number and code never come here. Owner columns are ciphertexts.
create table payment_methods (
    id              text primary key,
    customer_id     text not null references customers (id),
    integration_id  text not null references billing_integrations (id),
    organization_id text not null,
    type            text not null,
    brand           text,
    last4           text,
    exp_month       int,
    exp_year        int,
    owner_name      text,
    owner_email     text,
    title           text not null,
    status          text not null check (status in ('stored', 'removing', 'removed')),
    problem         text,
    version         bigint not null default 1,
    created_at      timestamptz not null,
    removed_at      timestamptz
);
create index payment_methods_organization on payment_methods (organization_id, id) where status <> 'removed';
create index payment_methods_customer on payment_methods (customer_id);

-- The default is charged by itself; unsent while Stripe was not told of it yet. Of two answers about a customer's methods the one that was asked for later counts.
alter table customers
    add column default_method_id text references payment_methods (id),
    add column default_unsent    boolean not null default false,
    add column methods_version   bigint not null default 0,
    add column methods_asked     bigint not null default 0,
    add column methods_applied   bigint not null default 0,
    add column methods_look_at   timestamptz;
create index customers_methods_look on customers (methods_look_at) where methods_look_at is not null;
create index customers_unsent on customers (id) where default_unsent;

-- A page at Stripe that was opened for a person: open → complete | expired.
create table checkout_sessions (
    id              text primary key,
    purpose         text not null check (purpose in ('setup', 'subscription')),
    integration_id  text not null references billing_integrations (id),
    organization_id text not null,
    customer_id     text not null references customers (id),
    subscription_id text,
    title           text,
    status          text not null check (status in ('open', 'complete', 'expired')),
    url             text,
    expires_at      timestamptz not null,
    opened_by       text not null,
    looks           int not null default 0,
    look_at         timestamptz not null,
    created_at      timestamptz not null,
    closed_at       timestamptz,
    check ((purpose = 'subscription') = (subscription_id is not null))
);
create index checkout_sessions_look on checkout_sessions (look_at) where status = 'open';
create index checkout_sessions_subscription on checkout_sessions (subscription_id) where subscription_id is not null;
create index checkout_sessions_organization on checkout_sessions (organization_id, id);
