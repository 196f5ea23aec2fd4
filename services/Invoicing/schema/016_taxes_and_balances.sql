-- What Stripe says of an invoice's amounts. The total stays what we rated; tax comes on top of it, or lies within it where the rate says so.
alter table invoices
    add column tax              bigint not null default 0,
    add column tax_included     bigint not null default 0,
    add column amount_due       bigint,
    add column starting_balance bigint,
    add column ending_balance   bigint,
    add column product_id       text,
    add column product_title    text,
    add column plan_id          text,
    add column plan_title       text;
comment on column invoices.total is 'What we rated: the sum of the lines, before tax on top.';
comment on column invoices.amount_due is 'What is to be paid: total and tax, after what the customer''s balance took off or added. Null until Stripe has said.';
comment on column invoices.starting_balance is 'The customer''s balance at Stripe before this invoice; below zero it is credit.';
create index invoices_past_due on invoices (organization_id, integration_id) where status in ('past_due', 'incomplete');
create index invoices_product on invoices (provider_organization_id, product_id, id);
alter table subscriptions add column product_id text;

-- What is done about taxes at one Stripe account.
alter table billing_integrations
    add column tax_mode  text not null default 'none' check (tax_mode in ('none', 'automatic', 'rates')),
    add column tax_rates text[] not null default '{}';

-- Where a consumer organization is and what it is known as to tax authorities; its members' own word.
create table billing_details (
    organization_id text primary key,
    name            text,
    line1           text,
    line2           text,
    city            text,
    state           text,
    postal_code     text,
    country         text not null,
    tax_id_type     text,
    tax_id          text,
    version         bigint not null default 1,
    changed_at      timestamptz not null
);

-- How far its details have been brought to Stripe's customer, what the provider grants it, and its balance there.
alter table customers
    add column details_version   bigint not null default 0,
    add column details_problem   text,
    add column sent_tax_id       text,
    add column payment_term_days int check (payment_term_days between 0 and 365),
    add column version           bigint not null default 1,
    add column balance           bigint,
    add column balance_currency  text,
    add column balance_at        timestamptz,
    add column balance_asked     timestamptz;
comment on column customers.balance_asked is 'In real time, which alone orders what was asked for: the test clock may stand still.';
create index customers_organization on customers (organization_id);
