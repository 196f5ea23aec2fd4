-- What Catalog announced since: whether consumers may sign up at all, and whether the provider approves them.
alter table catalogs add column organization_approval text not null default 'automatic';
alter table catalogs add column consumer_organizations boolean not null default true;

-- A consumer that waits for approval, or was turned down, is switched off: its members hold no roles.
alter table organizations add column approval text not null default 'approved' check (approval in ('approved', 'pending', 'rejected'));
alter table organizations add constraint organizations_enabled_once_approved check (not enabled or approval = 'approved');
-- A provider cannot switch on what an operator has switched off.
alter table organizations add column disabled_by text check (disabled_by in ('operator', 'provider'));
update organizations set disabled_by = 'operator' where not enabled;
create index organizations_of_catalog on organizations (catalog_id, id);

-- The code that was mailed to whoever wants to delete an organization.
create table deletion_codes (
    organization_id text primary key references organizations on delete cascade,
    user_id         text not null references users on delete cascade,
    hash            bytea not null,
    tries           int not null default 0,
    expires_at      timestamptz not null
);
