-- One lane for a whole integration (lanes = 1) is a strict single queue; null is a lane per consumer organization.
alter table billing_integrations add column lanes int check (lanes = 1);
alter table stripe_jobs add column organization_id text;
update stripe_jobs set organization_id = lane;
alter table stripe_jobs alter column organization_id set not null;
