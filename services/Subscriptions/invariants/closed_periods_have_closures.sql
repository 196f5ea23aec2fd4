-- Every charged period that is closed was announced by a closure: its own, or the final one of its subscription.
select p.subscription_id, p.start_at, p.closed_at
from periods p
where p.charged and p.closed_at is not null
  and not exists (select 1 from closures c where c.subscription_id = p.subscription_id and c.kind <> 'late' and c.period_start >= p.start_at)
