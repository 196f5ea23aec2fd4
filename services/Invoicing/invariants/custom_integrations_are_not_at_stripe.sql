-- Of what a provider's own billing system charges, nothing is at Stripe or on its way there, and nothing else is of that vendor.
select i.id, i.billing_model, 'job' as what, j.id as found from billing_integrations i join stripe_jobs j on j.integration_id = i.id where i.billing_model = 'custom'
union all
select i.id, i.billing_model, 'object', o.our_id from billing_integrations i join stripe_objects o on o.integration_id = i.id where i.billing_model = 'custom'
union all
select i.id, i.billing_model, 'vendor', v.id from billing_integrations i join invoices v on v.integration_id = i.id where (i.billing_model = 'custom') <> (v.vendor = 'custom')
