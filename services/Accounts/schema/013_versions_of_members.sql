-- Roles are changed from the version that was read, as everything else is.
alter table memberships add column version bigint not null default 1;
alter table team_members add column version bigint not null default 1;
