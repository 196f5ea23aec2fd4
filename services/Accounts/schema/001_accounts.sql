-- People. email_key is the address in lower case: what makes it taken and what signs in.
create table users (
    id            text primary key,
    email         text not null,
    email_key     text not null unique,
    first_name    text,
    last_name     text,
    password_hash text not null,
    is_operator   boolean not null default false,
    -- SHA-256 of the Idempotency-Key of the sign-up, which has no caller to keep it under.
    sign_up_key   bytea,
    created_at    timestamptz not null
);

-- One row per sign-in. A refresh token is good while it carries the row's generation; ending the row ends every token of it.
create table sessions (
    id         text primary key,
    user_id    text not null references users on delete cascade,
    generation int not null default 1,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at   timestamptz,
    ended_by   text check (ended_by in ('sign_out', 'refresh_token_reused', 'password_changed'))
);
create index sessions_of_user on sessions (user_id);
create index sessions_over on sessions (expires_at);

-- Tries to sign in, by address, whether or not it has a user: an address that nobody has locks like any other.
create table sign_in_failures (
    email_key    text primary key,
    failures     int not null,
    last_at      timestamptz not null,
    locked_until timestamptz
);

-- Personal API tokens. The token itself is shown once and not kept.
create table tokens (
    id           text primary key,
    user_id      text not null references users on delete cascade,
    title        text not null,
    prefix       text not null,
    hash         bytea not null unique,
    created_at   timestamptz not null,
    expires_at   timestamptz,
    last_used_at timestamptz
);
create index tokens_of_user on tokens (user_id, id);

create table organizations (
    id         text primary key,
    kind       text not null check (kind in ('provider', 'consumer')),
    title      text not null,
    catalog_id text check ((kind = 'consumer') = (catalog_id is not null)),
    email      text not null,
    enabled    boolean not null default true,
    version    bigint not null default 1,
    created_at timestamptz not null
);

create table memberships (
    organization_id text not null references organizations on delete cascade,
    user_id         text not null references users on delete cascade,
    roles           text[] not null check (cardinality(roles) > 0),
    created_at      timestamptz not null,
    primary key (organization_id, user_id)
);
create index memberships_of_user on memberships (user_id, organization_id);

create table invitations (
    id              text primary key,
    organization_id text not null references organizations on delete cascade,
    email           text not null,
    email_key       text not null,
    roles           text[] not null check (cardinality(roles) > 0),
    token_hash      bytea not null unique,
    state           text not null default 'pending' check (state in ('pending', 'accepted', 'revoked')),
    created_by      text not null,
    created_at      timestamptz not null,
    expires_at      timestamptz not null,
    accepted_by     text
);
create unique index invitations_one_pending on invitations (organization_id, email_key) where state = 'pending';
create index invitations_of_organization on invitations (organization_id, id);

-- What Catalog announced: who may sign up where.
create table catalogs (
    id              text primary key,
    organization_id text not null,
    environment     text not null,
    self_signup     boolean not null,
    version         bigint not null
);
