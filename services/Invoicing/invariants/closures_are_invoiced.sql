-- Every closure that costs something has its invoice.
select c.closure_id, c.subscription_id, c.period_start
from charged_closures c
where c.charges
  and not exists (select 1 from invoices i where i.subscription_id = c.subscription_id and i.period_start = c.period_start and i.kind not in ('initial', 'change'))
