alter table apis add column archived_at timestamptz;

alter table products add column image_url text;
alter table releases add column image_url text;

-- A release is what was published: whatever the service does, it stays as it is.
create function keep_release() returns trigger language plpgsql as $$
begin
    raise exception 'Release % never changes', old.id using errcode = 'restrict_violation';
end
$$;
create trigger keep_release before update or delete on releases for each row execute function keep_release();
