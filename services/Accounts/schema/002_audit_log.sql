-- Every change of every service, with who made it. Only ever added to.
create table audit_log (
    id              text primary key,
    at              timestamptz not null,
    actor           text,
    action          text not null,
    organization_id text,
    object_id       text not null,
    before          jsonb,
    after           jsonb,
    trace_id        text
);
create index audit_log_of_organization on audit_log (organization_id, id desc);
create index audit_log_of_object on audit_log (object_id, id desc);

create function audit_log_is_final() returns trigger language plpgsql as $$
begin
    raise exception 'The audit log is only ever added to.';
end $$;
create trigger audit_log_final before update or delete on audit_log for each row execute function audit_log_is_final();
create trigger audit_log_final_whole before truncate on audit_log execute function audit_log_is_final();
