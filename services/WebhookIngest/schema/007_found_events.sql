-- Events that no delivery brought: which hand-over of a reconciliation did.
alter table webhook_events add column found_in text;
create index webhook_events_found on webhook_events (found_in) where found_in is not null;
