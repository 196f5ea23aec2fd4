-- Nobody has access beyond grace without payment: what is owed makes a subscription past due, grace ends by itself, and nobody waits for a payment that was made.
select s.id, s.status, s.grace_until, i.id as invoice, i.status as invoice_status
from subscriptions s join invoices i on i.subscription_id = s.id
where (s.status = 'Active' and i.kind = 'period' and i.status in ('past_due', 'incomplete'))
   or (s.status = 'Cancelling' and i.kind = 'period' and i.status in ('past_due', 'incomplete') and s.grace_until is null)
   or (s.status in ('PastDue', 'Cancelling') and s.grace_until < @Now - interval '15 minutes')
   or (s.status in ('Active', 'PastDue', 'Cancelling') and s.held_for is null and exists (select 1 from disputes d where d.subscription_id = s.id and d.outcome is null))
   or (s.status = 'AwaitingPayment' and i.kind = 'initial' and i.status = 'paid')
