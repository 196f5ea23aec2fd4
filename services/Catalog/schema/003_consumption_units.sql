-- What plans of a provider can charge and limit besides calls. The gateway counts it from what upstreams tell.
create table consumption_units (
    id              text primary key,
    organization_id text not null,
    name            text not null check (name ~ '^x-[a-z0-9]+(-[a-z0-9]+)*$'),
    title           text not null,
    titles          jsonb not null default '{}',
    version         bigint not null default 1,
    created_at      timestamptz not null,
    unique (organization_id, name)
);
create index consumption_units_of_organization on consumption_units (organization_id, id desc);

-- Names are parts of addresses, invoices and upstreams' answers: they never change.
create function keep_name() returns trigger language plpgsql as $$
begin
    if (new.name, new.organization_id) is distinct from (old.name, old.organization_id) then
        raise exception '% of % keeps its name and organization', old.id, tg_table_name using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger keep_name before update on consumption_units for each row execute function keep_name();
create trigger keep_name before update on products for each row execute function keep_name();
create trigger keep_name before update on apis for each row execute function keep_name();
