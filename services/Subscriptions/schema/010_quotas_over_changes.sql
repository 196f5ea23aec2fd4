alter table subscriptions add column quota_from timestamptz;
comment on column subscriptions.quota_from is 'Where it took over inside a window: what the replaced ones used from then on counts against its quotas in its first period.';
