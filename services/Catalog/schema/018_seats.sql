-- Plans sold by seats: the base is the price of one.
alter table plans
    drop constraint plans_price_model_check,
    add constraint plans_price_model_check check (price_model in ('free', 'flat', 'unit', 'graduated', 'volume', 'package', 'per_seat', 'custom')),
    add column minimum_seats int,
    add column maximum_seats int,
    add constraint plans_seats_check check ((minimum_seats is not null) = (price_model = 'per_seat') and (maximum_seats is not null) = (price_model = 'per_seat')
        and minimum_seats > 0 and minimum_seats <= maximum_seats and (price_model <> 'per_seat' or base > 0));
comment on column plans.maximum_seats is 'The most seats that one subscription may have: what the provider said, or what follows from the price.';

-- How many seats a plan sells never changes either once it was activated.
create function keep_released_seats() returns trigger language plpgsql as $$
begin
    if old.status <> 'Draft' and (new.minimum_seats, new.maximum_seats) is distinct from (old.minimum_seats, old.maximum_seats) then
        raise exception 'Plan % was released and never changes', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger keep_released_seats before update on plans for each row execute function keep_released_seats();
