-- By which model it is billed, as its first paid invoice tells. In model subscriptions periods end at the second at which they began.
alter table subscriptions add column billing_model text;
alter table invoices add column billing_model text;
