-- A subscription that took the place of another one is covered by the invoice of that change until its period ends; Stripe renews it from there.
alter table stripe_subscriptions add column covered_from timestamptz, add column began_at timestamptz;
comment on column stripe_subscriptions.covered_from is 'When it took the place of another one; null where its first payment begins it. Then anchor is known from the start, and nothing is paid to begin it.';
comment on column stripe_subscriptions.began_at is 'When it began at Stripe: what was used before, no price of it counts.';
