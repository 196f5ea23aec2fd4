-- A new job asks whether its subject had one before.
create index stripe_jobs_done_subject on stripe_jobs_done (subject_id);
