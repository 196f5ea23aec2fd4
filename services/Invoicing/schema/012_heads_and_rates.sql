-- Only the first job of a lane may run: it is the lane's head. Marked, so that claiming one costs the same however many wait behind it.
-- Whoever adds to a lane or takes from it holds the lane's row until commit, so that a lane with jobs always has its head.
create table stripe_lanes (
    integration_id text not null references billing_integrations (id),
    lane           text not null,
    primary key (integration_id, lane)
);
insert into stripe_lanes select distinct integration_id, lane from stripe_jobs;
alter table stripe_jobs add column head boolean not null default false;
update stripe_jobs j set head = true
    where not exists (select from stripe_jobs e where e.integration_id = j.integration_id and e.lane = j.lane and e.position < j.position);
create unique index stripe_jobs_one_head on stripe_jobs (integration_id, lane) where head;
create index stripe_jobs_due_heads on stripe_jobs (integration_id, next_attempt_at, position) where head and status in ('waiting', 'running');
drop index stripe_jobs_due;
create index stripe_jobs_integration on stripe_jobs (integration_id, position);

-- How fast requests go to a Stripe account: every process takes its slots from this row, in the database's own time.
create table stripe_rates (
    account_id     text not null,
    livemode       boolean not null,
    next_slot      timestamptz not null,
    slowed_to      double precision,
    slowed_at      timestamptz,
    paused_until   timestamptz,
    reason         text,
    window_from    timestamptz not null,
    window_slots   int not null default 0,
    window_before  int not null default 0,
    slots          bigint not null default 0,
    primary key (account_id, livemode)
);

-- What became of jobs, with the organization that they were about and the last thing that went wrong.
alter table stripe_jobs_done
    add column organization_id text,
    add column error_code      text,
    add column error           text;
update stripe_jobs_done set organization_id = lane where lane <> '*';
create index stripe_jobs_done_list on stripe_jobs_done (integration_id, id);
create index stripe_jobs_done_old on stripe_jobs_done (finished_at) where outcome = 'finished';
