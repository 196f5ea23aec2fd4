-- Every unit of a provider's own that a plan charges or limits exists, archived plans aside.
select p.id, named.unit
from plans p
join products d on d.id = p.product_id
cross join lateral (select p.price_unit union select quota ->> 'unit' from jsonb_array_elements(p.quotas) quota) named (unit)
where p.status <> 'Archived' and named.unit like 'x-%'
  and not exists (select 1 from consumption_units u where u.organization_id = d.organization_id and u.name = named.unit)
