-- Lines of every price model; proration is what a change of plan within a period charges or gives back.
alter table invoice_lines drop constraint invoice_lines_kind_check;
alter table invoice_lines add constraint invoice_lines_kind_check
    check (kind in ('setup_fee', 'base', 'usage', 'overage', 'tier_fee', 'minimum', 'maximum', 'proration', 'rounding'));
-- Late usage can lower what a volume costs: such an invoice is a credit, which Stripe keeps on the customer's balance for the next one.
alter table invoices drop constraint invoices_total_check;
