-- What a subscriber answered to the plan's questions, as it was sent.
alter table subscriptions add answers json;

-- Who accepted which text when. Never changed: it outlives the subscription's own history.
create table terms_acceptances (
    id                       text primary key,
    subscription_id          text not null references subscriptions,
    organization_id          text not null,
    provider_organization_id text not null,
    catalog_id               text not null,
    product_id               text not null,
    terms_id                 text not null,
    terms_version            int not null,
    title                    text not null,
    url                      text,
    text_hash                text,
    accepted_by              text not null,
    accepted_at              timestamptz not null,
    unique (subscription_id, terms_id, terms_version)
);
comment on column terms_acceptances.text_hash is 'SHA-256 of what was in force, in lower-case hex.';
create index acceptances_of on terms_acceptances (organization_id, id);
create index acceptances_sold on terms_acceptances (provider_organization_id, id);

create function keep_acceptances() returns trigger language plpgsql as
$$ begin raise exception 'What was accepted never changes' using errcode = 'restrict_violation'; end $$;
create trigger keep_acceptances before update or delete on terms_acceptances for each row execute function keep_acceptances();
