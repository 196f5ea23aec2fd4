-- Which kinds of jobs, Stripe objects and lines there are is what the code carries out and writes; a new one needs no migration.
alter table stripe_jobs drop constraint stripe_jobs_kind_check;
alter table stripe_jobs add constraint stripe_jobs_kind_word check (kind ~ '^[a-z_]+$');
alter table stripe_objects drop constraint stripe_objects_object_type_check;
alter table stripe_objects add constraint stripe_objects_object_type_word check (object_type ~ '^[a-z_.]+$');
alter table invoice_lines drop constraint invoice_lines_kind_check;
alter table invoice_lines add constraint invoice_lines_kind_word check (kind ~ '^[a-z_]+$');
