-- What Catalog was told of a plan's live subscriptions is what there is.
select c.plan_id, c.live as told, count(s.id) as there_are
from plan_counts c left join subscriptions s on s.plan_id = c.plan_id and s.status not in ('Cancelled', 'Rejected', 'Expired', 'Migrated')
group by c.plan_id, c.live
having c.live <> count(s.id)
