-- One row per billing integration: what a webhook for it must be signed with and belong to. Kept from Invoicing's announcements.
create table webhook_endpoints (
    integration_id  text primary key,
    organization_id text not null,
    account_id      text not null,
    livemode        boolean not null,
    secrets         text[] not null,
    deleted         boolean not null,
    version         bigint not null
);

-- One row per event and integration, however often it was delivered. The body is kept byte for byte, as it was signed.
create table webhook_events (
    id                text primary key,
    integration_id    text not null,
    organization_id   text not null,
    event_id          text not null,
    type              text,
    object_type       text,
    object_id         text,
    api_version       text,
    livemode          boolean,
    account           text,
    headers           jsonb not null,
    body              bytea not null,
    state             text not null check (state in ('announced', 'handled', 'ignored', 'parked')),
    reason            text,
    received_at       timestamptz not null,
    deliveries        int not null default 1,
    last_delivered_at timestamptz not null,
    attempts          int not null default 0,
    next_attempt_at   timestamptz,
    answered_at       timestamptz,
    unique (integration_id, event_id)
);
create index webhook_events_due on webhook_events (next_attempt_at) where state = 'announced';
create index webhook_events_of_organization on webhook_events (organization_id, id);
create index webhook_events_parked on webhook_events (id) where state = 'parked';
