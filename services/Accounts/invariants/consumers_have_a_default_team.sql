-- Every consumer organization has one default team; no provider has a team.
select o.id, o.kind
from organizations o
where (select count(*) from teams t where t.organization_id = o.id and t.is_default) <> case when o.kind = 'consumer' then 1 else 0 end
   or (o.kind <> 'consumer' and exists (select 1 from teams t where t.organization_id = o.id))
