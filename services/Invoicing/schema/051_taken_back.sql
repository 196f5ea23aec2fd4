-- What is taken back of each invoice, as Subscriptions is told of it: what was given back once is not given back by a plan change as well.
alter table invoices add column amount_taken_back bigint not null default 0;
comment on column invoices.amount_taken_back is 'What credit notes, refunds beside them and lost disputes take back, or are about to.';
update invoices i set amount_taken_back = n.noted + r.refunded + d.lost
from (select id from invoices) of
cross join lateral (select coalesce(sum(before_payment + after_payment), 0) as noted from credit_notes where invoice_id = of.id and status in ('pending', 'issued')) n
cross join lateral (select coalesce(sum(amount), 0) as refunded from refunds where invoice_id = of.id and credit_note_id is null and status in ('pending', 'succeeded')) r
cross join lateral (select coalesce(sum(amount), 0) as lost from disputes where invoice_id = of.id and status = 'lost') d
where of.id = i.id and n.noted + r.refunded + d.lost > 0;
