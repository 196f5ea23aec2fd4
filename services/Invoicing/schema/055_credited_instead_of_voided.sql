-- What is left of an invoice that was to be void and is paid in part is credited: Stripe does not void it.
alter table credit_notes drop constraint credit_notes_origin_check,
    add constraint credit_notes_origin_check check (origin in ('provider', 'late_payment', 'void', 'stripe'));
