-- Teams of consumer organizations: what a member may do in a team, the member may do in the organization.
create table teams (
    id              text primary key,
    organization_id text not null references organizations on delete cascade,
    title           text not null,
    -- One in each consumer organization, from its beginning to its end.
    is_default      boolean not null default false,
    version         bigint not null default 1,
    created_at      timestamptz not null,
    unique (id, organization_id)
);
create unique index teams_one_default on teams (organization_id) where is_default;
create unique index teams_of_one_title on teams (organization_id, lower(title));
create index teams_of_organization on teams (organization_id, id);

-- Only members of the organization are in its teams: who leaves the organization leaves them.
create table team_members (
    team_id         text not null,
    organization_id text not null,
    user_id         text not null,
    roles           text[] not null check (cardinality(roles) > 0 and roles <@ array['developer', 'subscriber', 'team_manager']),
    created_at      timestamptz not null,
    primary key (team_id, user_id),
    foreign key (team_id, organization_id) references teams (id, organization_id) on delete cascade,
    foreign key (organization_id, user_id) references memberships on delete cascade
);
create index team_members_of_member on team_members (organization_id, user_id);

insert into teams (id, organization_id, title, is_default, created_at)
select 'team_' || split_part(id, '_', 2), id, 'Default team', true, created_at from organizations where kind = 'consumer';
