-- The catalog that a consumer organization signed up to, as heard: whose customer it can be before there is anything to charge.
create table organization_catalogs (
    organization_id text primary key,
    catalog_id      text not null,
    version         bigint not null
);
