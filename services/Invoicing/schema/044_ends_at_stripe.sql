-- What Stripe was last seen to have: only what differs from that was changed there. A wish of ours that never got there is not taken back by it.
alter table stripe_subscriptions add column ends_at_stripe boolean not null default false;
update stripe_subscriptions set ends_at_stripe = ends_with_period;
comment on column stripe_subscriptions.ends_at_stripe is 'Whether Stripe ends it with its period, as it was last seen.';
