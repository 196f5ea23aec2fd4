-- Each catalog hears of closed plans by a message of its own: the subscribers are looked through again after each of them.
drop index plan_migrations_unswept;
alter table plan_migrations
    drop column swept,
    add column swept_in text[] not null default '{}';
comment on column plan_migrations.swept_in is 'The catalogs whose subscribers were looked through again after the plans were heard to take no new ones there.';
create index plan_migrations_whole on plan_migrations using gin (source_plans) where stage = 'executing' and whole;
