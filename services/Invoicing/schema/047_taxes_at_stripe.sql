-- What is done about taxes at what Stripe renews, in one word: a mode, with its tax rates behind it. What stands here was told to Stripe; the integration's setting may be another one since.
alter table stripe_subscriptions add column taxes text not null default 'none';
comment on column stripe_subscriptions.taxes is 'The taxes that Stripe''s subscription was last given: what is otherwise there was changed there.';
alter table settlements add column taxes text;
comment on column settlements.taxes is 'The taxes that the renewal was finalized with; null until then.';
-- Stripe Tax wants to be told that prices are before tax, and a price that was told so never bears a tax rate that lies within it.
alter table plan_mirrors add column exclusive boolean not null default false;
create index stripe_subscriptions_integration on stripe_subscriptions (integration_id, id) where ended_at is null;
