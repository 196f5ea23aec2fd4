-- Whether a paid plan is taken only by who keeps a payment method, so that its invoices are charged by themselves.
alter table catalogs add column payment_method_required boolean not null default false;
