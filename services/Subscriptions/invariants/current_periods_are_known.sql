-- Every running subscription has a row for its current period, which ends where the subscription says.
select s.id, s.status, s.period_start, s.period_end
from subscriptions s
where s.status in ('Trialing', 'Active', 'PastDue', 'Suspended', 'Cancelling')
  and not exists (select 1 from periods p where p.subscription_id = s.id and p.start_at = s.period_start and p.end_at = s.period_end)
