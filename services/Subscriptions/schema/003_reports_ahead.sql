-- A report up to applied_through is known to be applied by its number alone; rows are kept only for those that came ahead of a missing one.
delete from usage_reports r using gateways g where g.id = r.gateway_id and r.sequence <= g.applied_through;
drop index usage_reports_ahead;
alter table usage_reports alter column entries set not null;
comment on column usage_reports.entries is 'What is counted already but is not part of what a lease calls counted.';
