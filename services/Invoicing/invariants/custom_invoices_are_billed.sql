-- Every invoice over something that a provider's own billing system charges was billed before it became payable, and over what we rated.
select i.id, i.status, i.total, i.billing
from invoices i
where i.vendor = 'custom' and i.total <> 0
  and ((i.status in ('open', 'past_due', 'paid') and i.billing is null) or (i.billing->'amount'->>'total')::bigint <> i.total)
