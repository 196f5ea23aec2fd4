-- The total of an invoice is the sum of its lines.
select i.id, i.total, coalesce(sum(l.amount), 0) as lines
from invoices i left join invoice_lines l on l.invoice_id = i.id
group by i.id, i.total
having i.total <> coalesce(sum(l.amount), 0)
