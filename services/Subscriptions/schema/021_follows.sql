-- The subscription of the organization to the same product that was over when this one was taken: what is left unpaid of it counts here. Those taken before this column follow none.
alter table subscriptions add column follows text references subscriptions;
create index subscriptions_follow on subscriptions (follows) where follows is not null;

-- A dispute that was known to be lost when a subscription was approved does not end what follows: its provider let the payer in again. Null before it is decided, and where that was heard before this column.
alter table disputes add column decision_heard_at timestamptz;
