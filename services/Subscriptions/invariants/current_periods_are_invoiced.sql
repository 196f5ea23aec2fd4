-- The current period of every active subscription with a base price has an invoice that is not void, once the period before it is closed.
select s.id, s.period_start, s.period_end
from subscriptions s
where s.status in ('Active', 'Cancelling') and s.billed and s.anchor <= s.period_start and (s.plan -> 'price' ->> 'base')::bigint > 0
  and s.period_start < @Now - interval '3 hours'
  and not exists (select 1 from invoices i where i.subscription_id = s.id and i.status <> 'void' and i.covers_from = s.period_start)
