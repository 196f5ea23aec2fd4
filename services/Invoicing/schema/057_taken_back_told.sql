-- Subscriptions was told of no credit to a balance and of no lost dispute before amount_taken_back was: each invoice that something is taken back of is told once more, so that no plan change gives it back again.
update invoices set version = version + 1 where amount_taken_back > 0;
insert into outbox (id, message_type, body)
select gen_random_uuid(), 'Marketplace.Contracts.Invoicing.InvoiceChanged, Marketplace.Contracts', jsonb_build_object(
    'invoiceId', id, 'subscriptionId', subscription_id, 'organizationId', organization_id, 'kind', kind, 'status', status, 'number', number, 'hostedInvoiceUrl', hosted_invoice_url,
    'total', total + tax, 'currency', currency, 'coversFrom', covers_from, 'coversTo', covers_to, 'dueAt', due_at, 'paidAt', paid_at, 'version', version,
    'amountRefunded', amount_refunded, 'paymentProblem', problem, 'amountPaid', amount_paid, 'amountDue', amount_due, 'tax', tax,
    'billingModel', case when job_kind = 'settle_period' then 'subscriptions' end, 'amountTakenBack', amount_taken_back)
from invoices where amount_taken_back > 0 order by id;
