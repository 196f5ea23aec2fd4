-- What is taken back of an invoice, and how much of its total is tax on top: a plan change gives back no more than was paid and is paid still.
alter table invoices
    add column tax        bigint not null default 0,
    add column taken_back bigint not null default 0;
update invoices set taken_back = amount_refunded where amount_refunded > 0;
-- Of what its change charged and gave back, the part that is for its first period; not a set-up fee, nor what was used before the change.
alter table subscriptions add column prepaid bigint;
