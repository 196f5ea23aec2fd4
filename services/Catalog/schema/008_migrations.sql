-- Subscribers of plans moved to other plans, or cancelled: what is planned, when, and how far it is.
create table migrations (
    id                text primary key,
    organization_id   text not null,
    source_product_id text not null references products (id),
    target_product_id text references products (id),
    action            text not null check (action in ('move', 'cancel')),
    is_target         boolean not null default false,
    plans             jsonb not null,
    source_plans      text[] not null,
    target_plans      text[] not null,
    subscription_ids  text[],
    timing            text not null check (timing in ('now', 'date', 'period_end')),
    execute_at        timestamptz,
    state             text not null check (state in ('Draft', 'Scheduled', 'Executing', 'Executed', 'Cancelled')),
    warnings          jsonb not null,
    created_by        text not null,
    created_at        timestamptz not null,
    executed_at       timestamptz,
    cancelled_at      timestamptz,
    taken             bigint,
    taken_version     bigint not null default 0,
    told_version      bigint not null default 0,
    pending           bigint not null default 0,
    done              bigint not null default 0,
    skipped           bigint not null default 0,
    failed            bigint not null default 0,
    version           bigint not null default 1,
    check ((action = 'move') = (target_product_id is not null)),
    check (state <> 'Scheduled' or execute_at is not null)
);
comment on column migrations.is_target is 'Where the subscribers of its product are to go one day: kept until it is executed or exchanged.';
comment on column migrations.told_version is 'The version that Subscriptions was last told; taken_version is the one that it answered.';
create index migrations_of_organization on migrations (organization_id, id desc);
create index migrations_due on migrations (execute_at) where state = 'Scheduled';
create index migrations_open on migrations using gin (source_plans) where state in ('Scheduled', 'Executing');
create unique index one_migration_target on migrations (source_product_id) where is_target and state = 'Draft';

-- How each migration stands for each subscription, as Subscriptions last told.
create table migration_subscriptions (
    migration_id        text not null references migrations (id),
    subscription_id     text not null,
    organization_id     text not null,
    source_plan_id      text not null,
    target_plan_id      text,
    state               text not null,
    reason              text,
    new_subscription_id text,
    base_before         bigint not null,
    base_after          bigint,
    currency            text not null,
    due_at              timestamptz,
    version             bigint not null,
    primary key (migration_id, subscription_id)
);
