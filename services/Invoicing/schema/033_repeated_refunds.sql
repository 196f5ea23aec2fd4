-- A refund that came back from the payer's bank may be made again under its credit note, once for each failure.
alter table refunds
    add column repeated_at    timestamptz,
    add column repeated_by    text,
    add column repeat_failure text;
comment on column refunds.repeated_at is 'When it was asked for again; null again where Stripe refused that, which repeat_failure says.';
