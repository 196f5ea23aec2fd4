-- What a line stands for and what a closure prices, so that the two can be compared: of what was written before neither is known.
alter table invoice_lines add column units bigint;
comment on column invoice_lines.units is 'Units that a line of usage or overage stands for, which is more than its quantity where that counts packages.';
alter table charged_closures add column priced jsonb;
comment on column charged_closures.priced is 'Units that the plan prices, by unit: each stands on the lines of the closure''s invoice once.';
