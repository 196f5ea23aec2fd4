-- Usage that no closure has carried to Invoicing belongs to a subscription that still has a closure to come.
select u.subscription_id, u.period_start, u.api_id, u.day, u.quantity, u.closed
from usage u join subscriptions s on s.id = u.subscription_id
where u.charged and u.closed < u.quantity and s.ended_at is not null and s.final_due is null and s.late_usage_due is null
