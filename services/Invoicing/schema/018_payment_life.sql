-- What Stripe says was paid, what is left to pay, what went back, and what stands in a payment's way.
alter table invoices
    add column amount_paid      bigint not null default 0,
    add column paid_elsewhere   bigint not null default 0,
    add column amount_remaining bigint,
    add column amount_credited  bigint not null default 0,
    add column amount_refunded  bigint not null default 0,
    add column problem          jsonb;
comment on column invoices.paid_elsewhere is 'The part of amount_paid that did not come through Stripe, which cannot give it back.';
comment on column invoices.amount_credited is 'What credit notes took off before it was paid.';
comment on column invoices.amount_refunded is 'What went back to the payer or is on its way.';
update invoices set amount_paid = total where status = 'paid' and total > 0;

-- Everything that is taken back of an issued invoice is a credit note, here and at Stripe: before payment it lowers what is due, after payment it gives money back,
-- to the payer (refund) or to the customer's balance. A row that is pending reserves its amount before Stripe is asked.
create table credit_notes (
    id              text primary key,
    invoice_id      text not null references invoices (id),
    integration_id  text not null references billing_integrations (id),
    kind            text not null check (kind in ('reduction', 'refund', 'balance', 'mixed')),
    before_payment  bigint not null check (before_payment >= 0),
    after_payment   bigint not null check (after_payment >= 0),
    currency        text not null,
    reason          text,
    note            text,
    origin          text not null check (origin in ('provider', 'late_payment', 'stripe')),
    status          text not null check (status in ('pending', 'issued', 'void', 'failed')),
    number          text,
    failure         text,
    requested_by    text,
    created_at      timestamptz not null,
    issued_at       timestamptz,
    check (before_payment + after_payment > 0)
);
create index credit_notes_invoice on credit_notes (invoice_id);
-- A late payment is given back once, whoever notices it how often.
create unique index credit_notes_late_payment on credit_notes (invoice_id) where origin = 'late_payment';

-- Money on its way back to the payer, as Stripe has it; also what the provider refunds in Stripe's dashboard.
create table refunds (
    id             text primary key,
    invoice_id     text not null references invoices (id),
    credit_note_id text references credit_notes (id),
    amount         bigint not null check (amount > 0),
    currency       text not null,
    status         text not null check (status in ('pending', 'succeeded', 'failed', 'cancelled')),
    failure        text,
    created_at     timestamptz not null,
    version        bigint not null
);
create index refunds_invoice on refunds (invoice_id);

create table disputes (
    id              text primary key,
    invoice_id      text not null references invoices (id),
    amount          bigint not null,
    currency        text not null,
    reason          text not null,
    status          text not null,
    evidence_due_by timestamptz,
    opened_at       timestamptz not null,
    closed_at       timestamptz,
    version         bigint not null
);
create index disputes_invoice on disputes (invoice_id);

alter table subscriptions add column cancel_reason text;

-- A customer that the provider deleted at Stripe stays as the one of its invoices; the next invoice makes another.
alter table customers add column deleted_at timestamptz;
alter table customers drop constraint customers_integration_id_organization_id_key;
create unique index customers_present on customers (integration_id, organization_id) where deleted_at is null;

alter table billing_integrations add column late_payments text not null default 'credit' check (late_payments in ('credit', 'refund', 'keep'));
comment on column billing_integrations.late_payments is 'What becomes of money for time after the end of its subscription.';
