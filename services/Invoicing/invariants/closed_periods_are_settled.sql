-- A period that is to be settled with Stripe has its closure and the invoice of that; nobody owes or has paid it before it was settled.
select s.invoice_id, s.subscription_id, s.period_start, i.status, i.total, s.settled_at
from settlements s
left join invoices i on i.id = s.invoice_id and i.subscription_id = s.subscription_id and i.period_start = s.period_start
where i.id is null
   or not exists (select 1 from charged_closures c where c.subscription_id = s.subscription_id and c.period_start = s.period_start and c.charges)
   or (s.settled_at is null and i.total <> 0 and i.status in ('open', 'paid', 'past_due') and not exists (select 1 from stripe_jobs j where j.subject_id = i.id))
