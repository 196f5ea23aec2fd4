-- How organizations that sign up are approved, and how their subscriptions are: each plan decides ('plan'), or the provider every time ('manual').
alter table catalogs rename column approval to organization_approval;
alter table catalogs
    add description            text,
    add consumer_organizations boolean not null default true,
    add subscription_approval  text not null default 'plan' check (subscription_approval in ('plan', 'manual')),
    add default_visibility     text not null default 'public' check (default_visibility in ('public', 'signed_in', 'none')),
    add deleted_at             timestamptz;
create index catalogs_billed_by on catalogs (billing_integration_id) where billing_integration_id is not null;

-- Accounts' consumer organizations as last heard.
create table consumer_organizations (
    id         text primary key,
    catalog_id text not null,
    title      text not null,
    enabled    boolean not null,
    version    bigint not null
);
create index consumer_organizations_of on consumer_organizations (catalog_id, id);
