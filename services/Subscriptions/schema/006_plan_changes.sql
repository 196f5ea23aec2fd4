-- A subscription that replaced another one, and the one that it was replaced by.
alter table subscriptions
    add column migrated_from     text references subscriptions,
    add column migrated_to       text references subscriptions,
    add column first_index       int not null default 0,
    add column covered_from      timestamptz,
    add column replaced_products text[] not null default '{}';
comment on column subscriptions.first_index is 'The period it began in, counted from the anchor that it may have inherited; its term counts from there.';
comment on column subscriptions.covered_from is 'Where it took over: its first period begins here and not where the calendar begins it.';
comment on column subscriptions.replaced_products is 'Other products that it replaced subscriptions to: their addresses go on working.';
create unique index one_successor on subscriptions (migrated_from) where migrated_from is not null;
create index subscriptions_on_plan on subscriptions (plan_id, id) where status not in ('Cancelled', 'Rejected', 'Expired', 'Migrated');

-- Migrations as Catalog last told of them. taken_through is how far the subscribers have been looked through.
create table plan_migrations (
    id            text primary key,
    request       jsonb not null,
    source_plans  text[] not null,
    whole         boolean not null,
    timing        text not null check (timing in ('now', 'period_end')),
    stage         text not null check (stage in ('planned', 'executing', 'withdrawn')),
    taken         boolean not null default false,
    taken_through text not null default '',
    swept         boolean not null default false,
    version       bigint not null
);
comment on column plan_migrations.swept is 'The subscribers were looked through again after the plans were heard to take no new ones.';
create index plan_migrations_to_take on plan_migrations (id) where not taken and stage <> 'withdrawn';
create index plan_migrations_unswept on plan_migrations using gin (source_plans) where stage = 'executing' and whole and not swept;

-- What is to become of one subscription: moved to another plan, or ended; one row per subscription and migration, or a consumer's own wish.
create table plan_changes (
    id                  text primary key,
    migration_id        text references plan_migrations,
    subscription_id     text not null references subscriptions,
    organization_id     text not null,
    action              text not null check (action in ('move', 'cancel')),
    source_plan_id      text not null,
    target_plan_id      text,
    target              jsonb,
    state               text not null check (state in ('pending', 'migrated', 'cancelled', 'skipped', 'failed', 'withdrawn')),
    reason              text,
    new_subscription_id text references subscriptions,
    base_before         bigint not null,
    base_after          bigint,
    currency            text not null,
    due_at              timestamptz,
    requested_by        text,
    created_at          timestamptz not null,
    version             bigint not null default 1
);
comment on column plan_changes.target is 'Of a consumer''s own wish; a migration''s targets stand in its request.';
create unique index one_change_per_migration on plan_changes (migration_id, subscription_id) where migration_id is not null;
create unique index one_wish_per_subscription on plan_changes (subscription_id) where migration_id is null and state = 'pending';
create index plan_changes_waiting on plan_changes (subscription_id) where state in ('pending', 'skipped');
create index plan_changes_due on plan_changes (migration_id, id) where state = 'pending';
