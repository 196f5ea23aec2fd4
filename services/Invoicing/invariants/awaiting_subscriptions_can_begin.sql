-- What waits to begin at Stripe has a job that begins it, or a checkout that can be opened because its plan is there, or a job that brings the plan there.
select s.id, s.mirror_id, s.stored_method, m.status
from stripe_subscriptions s join plan_mirrors m on m.id = s.mirror_id join subscriptions b on b.id = s.id join billing_integrations i on i.id = s.integration_id
where s.status = 'awaiting' and b.cancelled_at is null and i.deleted_at is null
  and not exists (select from stripe_jobs j where (j.kind = 'create_subscription' and j.subject_id = s.id) or (j.kind = 'mirror_plan' and j.subject_id = s.mirror_id))
  and (s.stored_method or m.status <> 'ready')
