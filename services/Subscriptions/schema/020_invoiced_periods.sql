-- Until when an invoice charges, so that a change's is looked at with those of the period that it came into; and what paid it in all, the customer's balance too.
alter table invoices
    add column covers_to timestamptz,
    add column settled   bigint;
-- The end of a period that no change cut is known here. Where it is not, each invoice is looked at alone, until it is told again.
update invoices i set covers_to = p.end_at from periods p, subscriptions s
where p.subscription_id = i.subscription_id and p.start_at = i.covers_from and s.id = i.subscription_id and s.migrated_to is null;
