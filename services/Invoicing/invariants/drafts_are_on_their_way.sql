-- Every draft over something that Stripe is to charge has a job that issues it, unless it shows an error that a person must decide on.
select i.id, i.status, i.level, i.created_at
from invoices i
where i.vendor = 'stripe' and i.status = 'draft' and i.level <> 'error' and i.total <> 0
  and not exists (select 1 from stripe_jobs j where j.subject_id = i.id)
