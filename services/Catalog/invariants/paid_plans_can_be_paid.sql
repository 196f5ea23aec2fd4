-- Where an active plan with a price is on offer, a billing integration is attached and payment methods are on.
select u.id as publication_id, c.id as catalog_id, p.id as plan_id
from publications u
join catalogs c on c.id = u.catalog_id
join plans p on p.product_id = u.product_id
where u.published and p.status = 'Active' and p.price_model not in ('free', 'custom')
  and (c.billing_integration_id is null or not c.payment_methods)
