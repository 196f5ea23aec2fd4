-- What was changed at Stripe of what the marketplace made there: found by an event or a comparison, shown to the provider, put right by a job where that is possible.
create table stripe_changes (
    id             text primary key,
    integration_id text not null references billing_integrations (id),
    object_type    text not null,
    our_id         text not null,
    what           text[] not null,
    advice         text not null,
    state          text not null default 'open' check (state in ('open', 'repaired')),
    found_at       timestamptz not null,
    repaired_at    timestamptz
);
comment on column stripe_changes.our_id is 'A plan mirror (mir_…) or a subscription (sub_…).';
create unique index stripe_changes_lasting on stripe_changes (integration_id, object_type, our_id) where state = 'open';
create index stripe_changes_integration on stripe_changes (integration_id, id);

-- Usage that Stripe took and rejected later; what is sent again leaves its batch, so that it has another identifier.
alter table meter_usage add column rejected_at timestamptz, add column rejection text, add column resends int not null default 0;
create index meter_usage_batch on meter_usage (batch) where batch is not null;

-- How a closed period was settled. Where Stripe's meter did not agree in time, what our own line on the draft made up for.
alter table settlements add column differs_since timestamptz, add column correction text, add column settled_at timestamptz;
update settlements s set settled_at = now() from invoices i where i.id = s.invoice_id and i.status <> 'draft';
