-- Accounts deletes a provider once its catalogs are closed, and was not told of those that were closed before it listened for that.
with closed as (update catalogs set version = version + 1 where deleted_at is not null returning *)
insert into outbox (id, message_type, body)
select gen_random_uuid(), 'Marketplace.Contracts.Catalog.CatalogSettingsChanged, Marketplace.Contracts', jsonb_build_object(
    'catalogId', id, 'organizationId', organization_id, 'environment', environment, 'selfSignup', false, 'version', version, 'organizationApproval', organization_approval,
    'consumerOrganizations', false, 'billingIntegrationId', null, 'title', title, 'paymentMethods', payment_methods, 'paymentMethodRequired', payment_method_required, 'deleted', true)
from closed;
