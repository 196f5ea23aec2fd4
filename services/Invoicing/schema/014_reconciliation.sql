-- A comparison of what Stripe has for a billing integration with our books. What it has done is kept per step, so that another process goes on where a killed one stopped.
create table reconciliation_runs (
    id              text primary key,
    integration_id  text not null references billing_integrations (id),
    organization_id text not null,
    trigger         text not null check (trigger in ('schedule', 'demand')),
    requested_by    text,
    state           text not null default 'running' check (state in ('running', 'finished', 'failed')),
    since           timestamptz not null,
    attempts        int not null default 0,
    next_attempt_at timestamptz not null default now(),
    lease           int not null default 0,
    lease_until     timestamptz,
    error_code      text,
    error           text,
    created_at      timestamptz not null,
    finished_at     timestamptz
);
create unique index reconciliation_runs_at_work on reconciliation_runs (integration_id) where state = 'running';
create index reconciliation_runs_integration on reconciliation_runs (integration_id, id);
create index reconciliation_runs_organization on reconciliation_runs (organization_id, id);
create index reconciliation_runs_due on reconciliation_runs (next_attempt_at) where state = 'running';

create table reconciliation_steps (
    run_id   text not null references reconciliation_runs (id),
    position int not null,
    name     text not null,
    state    text not null default 'waiting' check (state in ('waiting', 'running', 'finished', 'skipped')),
    cursor   text,
    examined bigint not null default 0,
    note     text,
    primary key (run_id, position)
);

-- Events that were handed to WebhookIngest; how many of them it did not know, once it has answered.
create table reconciliation_batches (
    id     text primary key,
    run_id text not null references reconciliation_runs (id),
    events int not null,
    missed int
);
create index reconciliation_batches_run on reconciliation_batches (run_id);

-- Where Stripe and our books differ. One row as long as a difference lasts, in every run from the first that found it to the last.
create table reconciliation_drifts (
    id              text primary key,
    integration_id  text not null references billing_integrations (id),
    organization_id text not null,
    step            text not null,
    kind            text not null check (kind ~ '^[a-z_]+$'),
    object_type     text not null,
    our_id          text,
    stripe_id       text,
    in_books        text not null,
    at_stripe       text not null,
    detail          text,
    state           text not null check (state in ('open', 'repairing', 'repaired', 'accepted')),
    first_run_id    text not null references reconciliation_runs (id),
    last_run_id     text not null references reconciliation_runs (id),
    found_at        timestamptz not null,
    look_at         timestamptz,
    closed_at       timestamptz,
    closed_by       text
);
create unique index reconciliation_drifts_lasting on reconciliation_drifts (integration_id, kind, coalesce(our_id, ''), coalesce(stripe_id, '')) where state <> 'repaired';
create index reconciliation_drifts_runs on reconciliation_drifts (integration_id, last_run_id, first_run_id);
create index reconciliation_drifts_look on reconciliation_drifts (look_at) where state = 'repairing';
create index reconciliation_drifts_open on reconciliation_drifts (integration_id) where state in ('open', 'repairing');

-- When an integration is compared next: once a day, each at a time of its own.
create table reconciliation_schedule (
    integration_id text primary key references billing_integrations (id),
    next_run_at    timestamptz not null
);
create index reconciliation_schedule_due on reconciliation_schedule (next_run_at);

-- The last run that came across the object in Stripe's own lists.
alter table stripe_objects add column seen_in_run text;
create index stripe_objects_integration on stripe_objects (integration_id, object_type);
