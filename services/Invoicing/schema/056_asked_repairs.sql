-- Whether a person asked for a drift's repair and it was not looked at since: what is not safe to do unasked is done once for each time that somebody asks.
alter table reconciliation_drifts add column asked boolean not null default false;
