-- A subscription that was approved while its customer had a default payment method begins with that one, in a job; any other one at a checkout.
alter table stripe_subscriptions add column stored_method boolean not null default false;
comment on column stripe_subscriptions.stored_method is 'A job begins it with the stored payment method; false again where that one is gone before it does.';
create index stripe_subscriptions_beginning on stripe_subscriptions (mirror_id) where stored_method and status = 'awaiting';
