-- A migration is judged again when it is executed: what was accepted of its warnings, why it was not executed on its date, and what it is judged by.
alter table migrations
    add column every_plan            boolean not null default false,
    add column accepted              jsonb not null default '[]',
    add column stopped_code          text,
    add column stopped_detail        text,
    add column unknown_subscriptions text[] not null default '{}',
    add constraint migrations_stopped check ((stopped_code is null) = (stopped_detail is null) and (stopped_code is null or state in ('Scheduled', 'Cancelled')));
comment on column migrations.every_plan is 'Whether every plan of the source that has or takes subscribers must be mapped.';
comment on column migrations.accepted is 'The warnings that were accepted; on its date it is executed with these and no others.';
comment on column migrations.unknown_subscriptions is 'Of subscription_ids, those that Subscriptions does not know as live subscriptions to the source plans.';

update migrations set every_plan = is_target, accepted = case when state = 'Scheduled' then warnings else '[]' end where is_target or state = 'Scheduled';
