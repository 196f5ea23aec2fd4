-- Every invoice over something that is no longer a draft exists at Stripe.
select i.id, i.status, i.total
from invoices i
where i.total <> 0 and i.status not in ('draft', 'void') and not exists (select 1 from stripe_objects o where o.our_id = i.id)
