-- Terms and conditions of a product, or of everything in a catalog whose product has none of its own.
create table terms (
    id              text primary key,
    organization_id text not null,
    catalog_id      text references catalogs (id),
    product_id      text references products (id),
    version         bigint not null default 1,
    created_at      timestamptz not null,
    retired_at      timestamptz,
    constraint terms_of_one check (num_nonnulls(catalog_id, product_id) = 1)
);
create unique index terms_of_catalog on terms (catalog_id) where retired_at is null;
create unique index terms_of_product on terms (product_id) where retired_at is null;
create index terms_of_organization on terms (organization_id, id desc);

create table terms_versions (
    terms_id      text not null references terms (id),
    number        int not null check (number > 0),
    title         text not null,
    text          text,
    url           text,
    text_hash     text not null,
    in_force_from timestamptz,
    primary key (terms_id, number),
    constraint terms_said_once check (num_nonnulls(text, url) = 1)
);
create unique index one_draft_of_terms on terms_versions (terms_id) where in_force_from is null;
comment on column terms_versions.text_hash is 'SHA-256 of the text, or of the address, in lower-case hex.';

-- What somebody accepted is what it was, whatever the service does.
create function keep_terms_in_force() returns trigger language plpgsql as
$$ begin
    if old.in_force_from is not null then
        raise exception 'Version % of terms % was in force and never changes', old.number, old.terms_id using errcode = 'restrict_violation';
    end if;
    return coalesce(new, old);
end $$;
create trigger keep_terms_in_force before update or delete on terms_versions for each row execute function keep_terms_in_force();

-- What a subscriber must answer: a JSON schema as text. As the plan's other terms, it stays once the plan was activated.
alter table plans add questions text;
create function keep_plan_questions() returns trigger language plpgsql as
$$ begin
    if old.status <> 'Draft' and new.questions is distinct from old.questions then
        raise exception 'The questions of plan % were released and never change', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger keep_plan_questions before update on plans for each row execute function keep_plan_questions();

-- One that was deleted is kept as such, so that older news of it change nothing.
alter table consumer_organizations add deleted_at timestamptz;
