-- Where the plan ends with it, a first invoice has its grace too: what waits for such a payment already gets its end, so that the timer finds it.
update subscriptions s set grace_until = owed.due_at + interval '24 hours' * coalesce(
    (select g.days from grace_periods g where g.provider_organization_id = s.provider_organization_id and g.organization_id = s.organization_id), (s.plan ->> 'graceDays')::int)
from (select subscription_id, min(due_at) as due_at from invoices where kind = 'initial' and status in ('past_due', 'incomplete') group by subscription_id) owed
where owed.subscription_id = s.id and s.status = 'AwaitingPayment' and (s.plan ->> 'cancelWhenPastDue')::bool;
