-- No more goes back to the payer than was paid, no more to payer and balance than was paid and used up of the balance, less what was taken over from it, and every invoice says how much goes to the payer.
select i.id, i.amount_paid, i.amount_refunded, n.given_back, r.refunded
from invoices i
cross join lateral (select coalesce(sum(after_payment), 0) as given_back from credit_notes c where c.invoice_id = i.id and c.status in ('pending', 'issued')) n
cross join lateral (select coalesce(sum(amount), 0) as refunded from refunds f where f.invoice_id = i.id and f.status in ('pending', 'succeeded')) r
where r.refunded > i.amount_paid or i.amount_refunded <> r.refunded
    or (n.given_back > greatest(0, i.amount_paid + coalesce(i.ending_balance - i.starting_balance, 0)) and i.status = 'paid')
