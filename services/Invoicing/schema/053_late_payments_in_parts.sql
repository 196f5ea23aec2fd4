-- What the balance paid of an invoice goes back to the balance where the rest goes to the payer: two credit notes, each once.
drop index credit_notes_late_payment;
create unique index credit_notes_late_payment on credit_notes (invoice_id, kind) where origin = 'late_payment';
