-- No more goes back to the payer and to the balance than was paid, and every invoice says how much that is.
select i.id, i.amount_paid, i.amount_refunded, n.given_back, r.refunded
from invoices i
cross join lateral (select coalesce(sum(after_payment), 0) as given_back from credit_notes c where c.invoice_id = i.id and c.status in ('pending', 'issued')) n
cross join lateral (select coalesce(sum(amount), 0) as refunded from refunds f where f.invoice_id = i.id and f.status in ('pending', 'succeeded')) r
where r.refunded > i.amount_paid or i.amount_refunded <> r.refunded or (n.given_back > i.amount_paid and i.status = 'paid')
