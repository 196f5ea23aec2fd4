-- Every organization with members has one who administers it, and while it is enabled one of those may sign in.
select o.id, o.kind
from organizations o
where exists (select 1 from memberships m where m.organization_id = o.id)
  and not exists (
      select 1 from memberships m join users u on u.id = m.user_id
      where m.organization_id = o.id and case o.kind when 'provider' then 'owner' else 'admin' end = any(m.roles) and (u.disabled_at is null or not o.enabled))
