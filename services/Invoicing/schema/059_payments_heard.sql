-- When a payment was heard of: what was paid in time and heard of after its subscription had ended for want of it bought nothing.
alter table invoices add column paid_heard_at timestamptz;
