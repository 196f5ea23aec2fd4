-- Every organization with members has one who administers it.
select o.id, o.kind
from organizations o
where exists (select 1 from memberships m where m.organization_id = o.id)
  and not exists (select 1 from memberships m where m.organization_id = o.id and m.roles && array['owner', 'admin'])
