-- A feed of invoice events has every number from the first that is kept to the last that was given, and its newest event of an invoice says how that stands.
select f.organization_id, f.pruned_to, f.last_sequence, count(e.sequence) as events, null as invoice_id
from invoice_feeds f left join invoice_events e on e.organization_id = f.organization_id
group by f.organization_id, f.pruned_to, f.last_sequence
having count(e.sequence) <> f.last_sequence - f.pruned_to or min(e.sequence) <> f.pruned_to + 1
union all
select e.organization_id, null, e.sequence, null, i.id
from (select distinct on (payload->>'invoiceId') * from invoice_events order by payload->>'invoiceId', sequence desc) e join invoices i on i.id = e.payload->>'invoiceId'
where (e.payload->'state'->>'name', e.payload->'status'->>'level') <> (i.status, i.level)
