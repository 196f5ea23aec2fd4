-- A stored Stripe id is of the account and mode of its integration, and those two never change under it.
alter table billing_integrations add constraint billing_integrations_account unique (id, account_id, livemode);
alter table stripe_objects add constraint stripe_objects_of_integration
    foreign key (integration_id, account_id, livemode) references billing_integrations (id, account_id, livemode);

-- While signing secrets are rotated the old ones are accepted until then, and the endpoints they belong to stay at Stripe.
alter table billing_integrations
    add column old_secrets_until    timestamptz,
    add column retiring_endpoints   text[] not null default '{}';
create index billing_integrations_retiring on billing_integrations (old_secrets_until) where old_secrets_until is not null;

-- How the webhook endpoint at Stripe stood when it was last looked at.
create table webhook_checks (
    integration_id text primary key references billing_integrations (id),
    status         text not null,
    drifted        text[] not null default '{}',
    detail         text,
    checked_at     timestamptz,
    repaired       text[] not null default '{}',
    repaired_at    timestamptz,
    next_check_at  timestamptz not null default now()
);
create index webhook_checks_due on webhook_checks (next_check_at);
insert into webhook_checks (integration_id, status)
    select id, case when webhook_endpoint_id is not null then 'unknown' when signing_secrets <> '{}' then 'provided' else 'signing_secret_required' end
    from billing_integrations where deleted_at is null;

-- When Stripe last answered calls of an integration, and what went wrong last.
create table stripe_reachability (
    integration_id  text primary key references billing_integrations (id),
    last_success_at timestamptz,
    last_error_at   timestamptz,
    last_error      text
);

-- Catalogs as heard: which of them an integration bills.
create table catalogs (
    id              text primary key,
    organization_id text not null,
    title           text,
    integration_id  text,
    version         bigint not null
);
create index catalogs_integration on catalogs (integration_id) where integration_id is not null;
