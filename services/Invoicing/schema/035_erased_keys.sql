-- A deleted integration's keys are erased once its endpoints at Stripe are gone.
alter table billing_integrations alter column secret_key drop not null;
alter table billing_integrations add constraint billing_integrations_keep_their_key check (secret_key is not null or deleted_at is not null);
create index billing_integrations_to_forget on billing_integrations (deleted_at, id) where deleted_at is not null and secret_key is not null;

-- Accounts deletes a provider once its integrations are, and was told of none before it listened for that; nobody accepts the secrets of deleted ones.
update billing_integrations set version = version + 1, signing_secrets = '{}', old_secrets_until = null where deleted_at is not null;
insert into outbox (id, message_type, body)
select gen_random_uuid(), 'Marketplace.Contracts.Invoicing.BillingIntegrationChanged, Marketplace.Contracts', jsonb_build_object(
    'billingIntegrationId', id, 'organizationId', organization_id, 'title', title, 'accountId', account_id, 'livemode', livemode, 'billingModel', billing_model,
    'signingSecrets', to_jsonb(signing_secrets), 'ready', cardinality(signing_secrets) > 0, 'deleted', deleted_at is not null, 'version', version, 'oldSecretsUntil', old_secrets_until)
from billing_integrations order by id;
