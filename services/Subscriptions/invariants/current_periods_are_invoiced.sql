-- Every active paid subscription has a paid invoice that covers now, or is in grace: the base price of the current period is on an invoice three hours after it began, is issued within three days, and is paid, not due yet, being paid by a bank debit, or past due with an end of grace.
select s.id, s.status, s.period_start, s.period_end, s.grace_until, i.id as invoice, i.status as invoice_status, i.due_at
from subscriptions s
left join lateral (
    -- A first invoice that was paid after its time pays for the time from then on.
    select id, status, due_at, problem from invoices
    where subscription_id = s.id and (covers_from = s.period_start or (kind = 'initial' and s.period_index = s.first_index)) and status <> 'void' order by status = 'paid' desc, id limit 1) i on true
where s.status in ('Active', 'PastDue', 'Cancelling') and s.billed and s.anchor <= s.period_start and (s.plan -> 'price' ->> 'base')::bigint > 0
  and (s.period_end < @Now - interval '3 hours'
    or (i.id is null and s.period_start < @Now - interval '3 hours')
    or (i.status = 'draft' and s.period_start < @Now - interval '3 days')
    or (i.status = 'open' and i.due_at < @Now - interval '3 hours' and (i.problem ->> 'type' is distinct from 'processing' or i.due_at < @Now - interval '15 days'))
    or (i.status in ('past_due', 'incomplete') and s.grace_until is null))
