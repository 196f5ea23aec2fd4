-- A provider whose own billing system charges: an integration without a Stripe account. What Stripe needs is there for all others, and for these is not.
alter table billing_integrations
    drop constraint billing_integrations_billing_model_check,
    add constraint billing_integrations_billing_model check (billing_model in ('invoices', 'subscriptions', 'custom')),
    alter column account_id drop not null,
    alter column publishable_key drop not null,
    alter column secret_key_hint drop not null,
    drop constraint billing_integrations_keep_their_key,
    add constraint billing_integrations_keys check (case when billing_model = 'custom'
        then num_nonnulls(account_id, publishable_key, secret_key, secret_key_hint, webhook_endpoint_id) = 0 and signing_secrets = '{}'
        else num_nonnulls(account_id, publishable_key, secret_key_hint) = 3 and (secret_key is not null or deleted_at is not null) end);

-- Who is told to charge an invoice, and what the provider's billing system said of it.
alter table invoices
    add column vendor     text not null default 'stripe' check (vendor in ('stripe', 'custom')),
    add column billing_id text check (vendor = 'custom' or billing_id is null),
    add column billing    jsonb check ((billing is null) = (billing_id is null));
comment on column invoices.billing is 'As the billing system stated it: id, number, issue date, customer, link, amounts.';
-- A document of the billing system is about one invoice.
create unique index invoices_billing_id on invoices (integration_id, billing_id) where billing_id is not null;
create index invoices_custom on invoices (provider_organization_id, id) where vendor = 'custom';
