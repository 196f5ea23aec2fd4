-- Every unit that a closure's plan prices stands on the lines of its invoice once, and no other does.
with closures as (
    select closure_id, subscription_id, period_start, priced from charged_closures where charges and priced is not null),
lines as (
    select c.closure_id, l.unit, sum(l.units) as units
    from closures c
    join invoices i on i.subscription_id = c.subscription_id and i.period_start = c.period_start and i.kind not in ('initial', 'change')
    join invoice_lines l on l.invoice_id = i.id and l.kind in ('usage', 'overage')
    group by c.closure_id, l.unit),
priced as (
    select c.closure_id, u.key as unit, u.value::bigint as units from closures c cross join lateral jsonb_each_text(c.priced) u)
select closure_id, unit, coalesce(p.units, 0) as priced, coalesce(l.units, 0) as on_lines
from priced p full join lines l using (closure_id, unit)
where coalesce(p.units, 0) <> coalesce(l.units, 0)
