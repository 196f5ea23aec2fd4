-- Invoicing's billing integrations as last heard.
create table billing_integrations (
    id              text primary key,
    organization_id text not null,
    title           text not null,
    account_id      text not null,
    livemode        boolean not null,
    billing_model   text not null,
    ready           boolean not null,
    deleted         boolean not null,
    version         bigint not null
);

create table catalogs (
    id                     text primary key,
    organization_id        text not null,
    title                  text not null,
    environment            text not null check (environment in ('sandbox', 'production')),
    self_signup            boolean not null default true,
    approval               text not null default 'automatic' check (approval in ('automatic', 'manual')),
    payment_methods        boolean not null default true,
    billing_integration_id text references billing_integrations (id),
    version                bigint not null default 1,
    created_at             timestamptz not null
);
create index catalogs_of_organization on catalogs (organization_id, id desc);

create table apis (
    id              text primary key,
    organization_id text not null,
    name            text not null,
    title           text not null,
    upstream_url    text not null,
    resources       jsonb not null,
    version         bigint not null default 1,
    created_at      timestamptz not null,
    unique (organization_id, name)
);
create index apis_of_organization on apis (organization_id, id desc);

-- The name is unique in the installation: it is the first part of runtime addresses.
create table products (
    id              text primary key,
    organization_id text not null,
    name            text not null unique,
    title           text not null,
    description     text,
    release         text,
    version         bigint not null default 1,
    created_at      timestamptz not null
);
create index products_of_organization on products (organization_id, id desc);

create table product_apis (
    product_id text not null references products (id),
    api_id     text not null references apis (id),
    ordinal    int not null,
    primary key (product_id, api_id)
);

-- What a product was when it was released. Never changed.
create table releases (
    id          text primary key,
    product_id  text not null references products (id),
    type        text not null check (type in ('major', 'minor', 'patch')),
    major       int not null,
    minor       int not null,
    patch       int not null,
    title       text not null,
    description text,
    apis        jsonb not null,
    released_by text not null,
    released_at timestamptz not null,
    unique (product_id, major, minor, patch)
);

create table plans (
    id                   text primary key,
    product_id           text not null references products (id),
    name                 text not null,
    title                text not null,
    status               text not null check (status in ('Draft', 'Active', 'Deprecated', 'Archived')),
    currency             text not null,
    period_unit          text not null check (period_unit in ('day', 'week', 'month', 'year')),
    period_count         int not null check (period_count > 0),
    price_model          text not null check (price_model in ('free', 'flat', 'unit')),
    base                 bigint not null check (base >= 0),
    unit_amount          text,
    setup_fee            bigint not null check (setup_fee >= 0),
    trial_days           int not null,
    term_periods         int,
    approval             text not null check (approval in ('automatic', 'manual')),
    cancel_when_past_due boolean not null,
    grace_days           int not null,
    payment_term_days    int not null,
    quotas               jsonb not null,
    rate_limit           int,
    rate_limit_seconds   int,
    version              bigint not null default 1,
    created_at           timestamptz not null,
    activated_at         timestamptz,
    deprecated_at        timestamptz,
    archived_at          timestamptz,
    unique (product_id, name)
);

-- Subscriptions' live subscriptions per plan as last heard.
create table subscription_counts (
    plan_id text primary key,
    live    bigint not null,
    version bigint not null
);

-- One row per catalog and product for ever, so that versions of what is announced about the pair only grow.
create table publications (
    id           text primary key,
    catalog_id   text not null references catalogs (id),
    product_id   text not null references products (id),
    visibility   text not null check (visibility in ('public', 'signed_in', 'none')),
    published    boolean not null,
    version      bigint not null,
    published_at timestamptz not null,
    unique (catalog_id, product_id)
);
create index publications_of_product on publications (product_id);

-- Positions are drawn under an advisory lock held to the end of the transaction, so they become visible in their order:
-- a reader that saw position n will never see a smaller one appear.
create sequence route_positions;
create table routes (
    product_id   text not null,
    api_id       text not null,
    product_name text not null,
    api_name     text not null,
    upstream_url text not null,
    resources    jsonb not null,
    position     bigint not null unique,
    primary key (product_id, api_id)
);
