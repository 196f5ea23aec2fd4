comment on column stripe_changes.our_id is 'A plan mirror (mir_…), a subscription (sub_…) or a customer (cst_…); of a tax rate, which we did not make, Stripe''s id (txr_…).';
