-- Every Stripe object on record belongs to an object of ours, in the account and mode of its billing integration.
select o.stripe_id, o.our_id, o.account_id, o.livemode, b.account_id as integration_account_id, b.livemode as integration_livemode
from stripe_objects o join billing_integrations b on b.id = o.integration_id
where (o.account_id, o.livemode) <> (b.account_id, b.livemode)
   or (o.object_type = 'customer' and not exists (select 1 from customers c where c.id = o.our_id and c.integration_id = o.integration_id))
   or (o.object_type = 'invoice' and not exists (select 1 from invoices i where i.id = o.our_id and i.integration_id = o.integration_id))
   or (o.object_type = 'payment_method' and not exists (select 1 from payment_methods p where p.id = o.our_id and p.integration_id = o.integration_id))
   or (o.object_type = 'checkout.session' and not exists (select 1 from checkout_sessions s where s.id = o.our_id and s.integration_id = o.integration_id))
   or (o.object_type = 'credit_note' and not exists (select 1 from credit_notes c where c.id = o.our_id and c.integration_id = o.integration_id))
   or (o.object_type = 'refund' and not exists (select 1 from refunds c where c.id = o.our_id))
   or (o.object_type = 'dispute' and not exists (select 1 from disputes c where c.id = o.our_id))
