-- What a plan change charges and gives back is an invoice of its own: one per subscription that took another one's place, beside that of its first closed period.
alter table invoices drop constraint invoices_kind_check;
alter table invoices add constraint invoices_kind_check check (kind in ('initial', 'period', 'final', 'change'));
create unique index invoices_change on invoices (subscription_id) where kind = 'change';
drop index invoices_closed_period;
create unique index invoices_closed_period on invoices (subscription_id, period_start) where kind not in ('initial', 'change');
