-- A subscription that Stripe renews has one object there from its first payment on, a successor from the job that begins it, and every such object is of one of ours.
select s.id, s.status, o.stripe_id
from stripe_subscriptions s left join stripe_objects o on o.our_id = s.id and o.object_type = 'subscription' and o.integration_id = s.integration_id
where (s.status = 'awaiting') <> (o.stripe_id is null)
union all
select o.our_id, null, o.stripe_id
from stripe_objects o
where o.object_type = 'subscription' and not exists (select 1 from stripe_subscriptions s where s.id = o.our_id and s.integration_id = o.integration_id)
