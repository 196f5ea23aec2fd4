-- No gateway has metered a call of a subscription that nobody here knows.
select gateway_id, sequence, entry, heard_at from unassigned_usage
