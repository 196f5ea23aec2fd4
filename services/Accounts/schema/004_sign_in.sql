-- An address is confirmed once its owner has opened a link that was mailed there. Whoever was here before the rule is taken as confirmed.
alter table users add column email_confirmed_at timestamptz;
update users set email_confirmed_at = created_at;
alter table users add column disabled_at timestamptz;
-- Counts changes of password and second factor: a sign-in that began before one cannot be finished after it.
alter table users add column security_version int not null default 1;

-- Links that were mailed. Each is good once.
create table links (
    hash       bytea primary key,
    user_id    text not null references users on delete cascade,
    purpose    text not null check (purpose in ('confirm_email', 'reset_password')),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index links_of_user on links (user_id, purpose);

alter table sessions add column user_agent text;
alter table sessions add column second_factor boolean not null default false;
alter table sessions add column refreshed_at timestamptz;
alter table sessions drop constraint sessions_ended_by_check;
alter table sessions add constraint sessions_ended_by_check
    check (ended_by in ('sign_out', 'refresh_token_reused', 'password_changed', 'password_reset', 'revoked', 'user_disabled'));

-- What a personal API token was narrowed to; null when it may do whatever its user may.
alter table tokens add column scopes text[] check (cardinality(scopes) > 0);

-- The secret that a user shares with an authenticator app, encrypted. It counts once the user has shown a code made with it.
create table second_factors (
    user_id      text primary key references users on delete cascade,
    secret       text not null,
    created_at   timestamptz not null,
    confirmed_at timestamptz
);

create table recovery_codes (
    user_id text not null references users on delete cascade,
    hash    bytea not null,
    used_at timestamptz,
    primary key (user_id, hash)
);

-- Codes of authenticator apps that opened something: none does twice. By the database's clock, since phones know no test clock.
create table used_codes (
    user_id text not null references users on delete cascade,
    code    text not null,
    used_at timestamptz not null default now(),
    primary key (user_id, code)
);
