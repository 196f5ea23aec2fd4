-- Every invoice over something that Stripe is to charge and that is no longer a draft exists there.
select i.id, i.status, i.total
from invoices i
where i.vendor = 'stripe' and i.total <> 0 and i.status not in ('draft', 'void') and not exists (select 1 from stripe_objects o where o.our_id = i.id)
