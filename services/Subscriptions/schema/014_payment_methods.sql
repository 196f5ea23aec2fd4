-- What organizations pay with by themselves, per billing integration, as Invoicing told; facts is null while there is none.
create table payment_methods (
    organization_id        text not null,
    billing_integration_id text not null,
    facts                  jsonb,
    version                bigint not null,
    primary key (organization_id, billing_integration_id)
);
