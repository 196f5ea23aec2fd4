-- What a subscription replaced ends for good with the last one that took its place.
alter table subscriptions add column replaces text;
create index subscriptions_replaces on subscriptions (replaces) where replaces is not null;
comment on column subscriptions.replaces is 'Whose place it took, by a plan change.';
