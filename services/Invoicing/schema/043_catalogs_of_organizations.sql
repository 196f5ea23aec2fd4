-- The catalog that a consumer organization signed up to stands with the organization. One whose title was never heard is unknown until it is told of again, as it was.
alter table organizations add column catalog_id text;
update organizations o set catalog_id = c.catalog_id from organization_catalogs c where c.organization_id = o.id;
drop table organization_catalogs;
