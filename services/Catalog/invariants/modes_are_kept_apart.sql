-- A sandbox is billed with test keys and a production catalog with live ones, by its own provider.
select c.id, c.environment, b.id as billing_integration_id, b.livemode
from catalogs c join billing_integrations b on b.id = c.billing_integration_id
where b.livemode <> (c.environment = 'production') or b.organization_id <> c.organization_id
