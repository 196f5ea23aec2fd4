-- Units of one's own are counted beside transactions: a call may leave a row of each.
alter table usage add column unit text not null default 'transactions';
alter table usage drop constraint usage_pkey;
alter table usage add primary key (subscription_id, period_start, unit, api_id, day, gateway_id);
