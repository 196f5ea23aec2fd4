-- Mail to be sent: written in the transaction of what it tells of, sent by a timer, tried again until it gives up.
create table mails (
    id              text primary key,
    kind            text not null,
    recipient       text not null,
    subject         text not null,
    -- Encrypted: it may hold a link that lets its reader in. Forgotten once it is sent.
    body            text,
    state           text not null default 'waiting' check (state in ('waiting', 'sent', 'failed')),
    attempts        int not null default 0,
    next_attempt_at timestamptz not null,
    last_error      text,
    created_at      timestamptz not null,
    sent_at         timestamptz
);
create index mails_due on mails (next_attempt_at) where state = 'waiting';
create index mails_of_recipient on mails (lower(recipient), kind, created_at);
