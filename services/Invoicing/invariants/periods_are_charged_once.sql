-- No moment is covered by the base price of two invoices of one subscription, void ones aside.
select a.subscription_id, a.invoice_id, b.invoice_id as other_invoice_id, a.period_start, a.period_end
from invoice_lines a
join invoice_lines b on b.subscription_id = a.subscription_id and b.kind = 'base' and (b.invoice_id, b.position) > (a.invoice_id, a.position)
    and tstzrange(a.period_start, a.period_end) && tstzrange(b.period_start, b.period_end)
join invoices i on i.id = a.invoice_id
join invoices j on j.id = b.invoice_id
where a.kind = 'base' and i.status <> 'void' and j.status <> 'void'
