-- Which outbox row tells of the event: while it exists the broker has not confirmed the announcement.
-- How often it was replayed, and what the handler said last when it could not handle it.
alter table webhook_events add column announcement uuid;
alter table webhook_events add column replays int not null default 0;
alter table webhook_events add column last_failure text;

-- The same uniqueness in an order that also finds an event by Stripe's id alone.
alter table webhook_events drop constraint webhook_events_integration_id_event_id_key;
alter table webhook_events add constraint webhook_events_event unique (event_id, integration_id);

create index webhook_events_of_object on webhook_events (object_id, id) where object_id is not null;
create index webhook_events_closed on webhook_events (received_at) where state in ('handled', 'ignored');

-- Bodies of up to 8 kB stay in the row as they are: compressing them costs more than the rest of the insert.
alter table webhook_events set (toast_tuple_target = 8160);
