-- One meter event carries the usage of one subscription, unit and period, and what was sent, is to be, or is charged instead is known of every increment. What a successor
-- used before Stripe knows it is told when it begins there, and to nobody where it never does.
select u.batch, count(distinct (u.subscription_id, u.unit, u.period_start)) as told_of, null as usage_id
from meter_usage u where u.batch is not null
group by u.batch having count(distinct (u.subscription_id, u.unit, u.period_start)) > 1
union all
select u.batch, 1, u.id
from meter_usage u
where (u.sent_at is not null and u.batch is null)
   or (u.sent_at is null
       and not exists (select 1 from stripe_subscriptions a where a.id = u.subscription_id and a.status = 'awaiting' and a.covered_from is not null)
       and not exists (select 1 from stripe_jobs j where j.subject_id = u.subscription_id and j.kind = 'send_usage')
       and not exists (select 1 from settlements s where s.subscription_id = u.subscription_id and s.period_start = u.period_start))
