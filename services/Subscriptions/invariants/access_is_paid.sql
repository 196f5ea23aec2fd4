-- Nobody has access without payment beyond grace: the first invoice is there and paid, what is owed, also of what it replaced or follows, makes a subscription past due and nothing else does, grace ends by itself, and nobody waits for a payment that was made.
with recursive lineage (id, of, is_paid) as (
    select id, id, plan -> 'price' ->> 'model' not in ('free', 'custom') from subscriptions where status in ('AwaitingPayment', 'Active', 'PastDue', 'Suspended', 'Cancelling')
    union all
    select l.id, coalesce(s.migrated_from, s.follows), l.is_paid from lineage l join subscriptions s on s.id = l.of where s.migrated_from is not null or (l.is_paid and s.follows is not null)),
owed as (
    select l.id, min(i.id) as invoice from lineage l join invoices i on i.subscription_id = l.of
    where i.kind in ('period', 'change', 'final') and i.status in ('past_due', 'incomplete') group by l.id),
disputed as (
    select distinct l.id from lineage l join disputes d on d.subscription_id = l.of where d.outcome is null)
select s.id, s.status, s.grace_until, o.invoice as owed, first.id as first_invoice, first.status as first_status
from subscriptions s
left join owed o on o.id = s.id
left join disputed d on d.id = s.id
left join lateral (
    select id, status from invoices where subscription_id = s.id and kind = 'initial' order by status = 'paid' desc, id limit 1) first on true
where (s.status = 'AwaitingPayment' and first.status = 'paid')
   or (s.status in ('Active', 'PastDue', 'Cancelling') and first.status <> 'paid')
   -- A first invoice is written also where it comes to nothing; in a trial there is none yet.
   or (s.status in ('Active', 'PastDue', 'Cancelling') and s.billed and s.migrated_from is null and s.anchor is not null and first.id is null)
   or (s.status = 'Active' and o.invoice is not null)
   or (s.status = 'Cancelling' and s.anchor is not null and (o.invoice is null) <> (s.grace_until is null))
   or (s.status in ('PastDue', 'Suspended') and o.invoice is null)
   or (s.status in ('AwaitingPayment', 'PastDue', 'Cancelling') and s.grace_until < @Now - interval '15 minutes')
   or (s.status in ('Active', 'PastDue', 'Cancelling') and s.held_for is null and d.id is not null)
