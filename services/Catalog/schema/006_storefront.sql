-- Who may see a publication: everybody, who signed up to the catalog, some organizations of it, nobody.
alter table publications drop constraint publications_visibility_check;
alter table publications
    add visible_to text[],
    add constraint publications_visibility_check check (visibility in ('public', 'signed_in', 'organizations', 'none')),
    add constraint publications_chosen check ((visibility = 'organizations') = (visible_to is not null));

-- Plans that fewer may see than their publication.
create table publication_plans (
    publication_id text not null references publications (id),
    plan_id        text not null references plans (id),
    visibility     text not null check (visibility in ('public', 'signed_in', 'organizations', 'none')),
    visible_to     text[],
    primary key (publication_id, plan_id),
    constraint publication_plans_chosen check ((visibility = 'organizations') = (visible_to is not null))
);

-- The only copy of the rule. Members of the provider see what any organization of the catalog may see.
create function may_see(visibility text, visible_to text[], signed_in boolean, provider boolean, organizations text[]) returns boolean
    language sql immutable as
$$ select case visibility
    when 'public' then true
    when 'signed_in' then signed_in or provider
    when 'organizations' then provider or coalesce(visible_to && organizations, false)
    else false end $$;

-- Accents off: 'café' is found as 'cafe'.
create function folded(words text) returns text language sql immutable as
$$ select regexp_replace(normalize(words, nfkd), '[\u0300-\u036f]', '', 'g') $$;

-- How a product is found in storefronts. search and sort_title follow its newest release.
create table listings (
    product_id text primary key references products (id),
    category   text,
    tags       text[] not null default '{}',
    documents  jsonb not null default '[]',
    sort_title text collate "C" not null default '',
    search     tsvector not null default '',
    version    bigint not null default 1
);
create index listings_search on listings using gin (search);
create index listings_tags on listings using gin (tags);

insert into listings (product_id, sort_title, search)
select p.id, lower(r.title), setweight(to_tsvector('simple', folded(r.title)), 'A') || setweight(to_tsvector('simple', folded(coalesce(r.description, ''))), 'D')
from products p
join lateral (select * from releases where product_id = p.id order by major desc, minor desc, patch desc limit 1) r on true;
