-- What is to be announced: written with the change itself, deleted when the broker has confirmed it.
create table outbox (
    position        bigint generated always as identity primary key,
    id              uuid not null unique,
    message_type    text not null,
    body            jsonb not null,
    destination     text,
    trace_parent    text,
    created_at      timestamptz not null default now(),
    next_attempt_at timestamptz not null default now(),
    attempts        int not null default 0,
    last_error      text
);
create index outbox_due on outbox (next_attempt_at, position);

create function outbox_notify() returns trigger language plpgsql as $$
begin
    perform pg_notify('outbox', '');
    return null;
end $$;
create trigger outbox_inserted after insert on outbox for each statement execute function outbox_notify();

-- Messages whose effect has no business key of its own.
create table inbox (
    consumer    text not null,
    message_key text not null,
    handled_at  timestamptz not null default now(),
    primary key (consumer, message_key)
);

-- Messages that failed for good, with the reason; an operator replays or drops them.
create table parked_messages (
    id           text primary key,
    queue        text not null,
    message_id   uuid not null,
    message_type text not null,
    body         jsonb not null,
    reason       text not null,
    state        text not null default 'parked' check (state in ('parked', 'replayed', 'dropped')),
    parked_at    timestamptz not null default now(),
    parkings     int not null default 1,
    unique (queue, message_id)
);

create table idempotency_keys (
    caller       text not null,
    key          text not null,
    route        text not null,
    body_hash    bytea not null,
    state        text not null check (state in ('started', 'committed', 'answered')),
    locked_until timestamptz not null,
    answer       bytea,
    created_at   timestamptz not null default now(),
    primary key (caller, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
