-- A provider is deleted once its catalogs and its billing integrations are.
alter table catalogs add column deleted boolean not null default false;
create index catalogs_of_provider on catalogs (organization_id) where not deleted;

create table billing_integrations (
    id              text primary key,
    organization_id text not null,
    deleted         boolean not null,
    version         bigint not null
);
create index billing_integrations_of_provider on billing_integrations (organization_id) where not deleted;
