-- The first job of every lane, and no other, is its head: a lane without one would stand still, with two it would lose its order.
select j.id, j.integration_id, j.lane, j.position, j.head
from stripe_jobs j
where j.head = exists (select from stripe_jobs e where e.integration_id = j.integration_id and e.lane = j.lane and e.position < j.position)
