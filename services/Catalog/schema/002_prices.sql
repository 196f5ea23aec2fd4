-- Every price model, and bursts within rate limits.
alter table plans
    drop constraint plans_price_model_check,
    add constraint plans_price_model_check check (price_model in ('free', 'flat', 'unit', 'graduated', 'volume', 'package', 'custom')),
    add column description            text,
    add column tiers                  jsonb,
    add column package_size           bigint check (package_size > 0),
    add column price_unit             text,
    add column minimum_charge         bigint check (minimum_charge >= 0),
    add column maximum_charge         bigint check (maximum_charge > 0),
    add column flat_fee_at_zero_usage boolean not null default true,
    add column burst_limit            int,
    add column burst_seconds          int,
    add constraint plans_tiers_check check ((tiers is not null) = (price_model in ('graduated', 'volume'))),
    add constraint plans_package_check check ((package_size is not null) = (price_model = 'package')),
    add constraint plans_charge_limits_check check (minimum_charge <= maximum_charge),
    add constraint plans_burst_check check ((burst_limit is null) = (burst_seconds is null)
        and (burst_seconds is null or (burst_seconds < rate_limit_seconds and burst_limit <= rate_limit)));

-- A plan that was activated is what its subscribers agreed to: whatever the service does, its price, periods and limits stay. An active one may gain
-- quotas and a quota may gain APIs, for those who subscribe from then on; nothing of its quotas goes. Status only moves forward.
create function keep_released_plan() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        if old.status <> 'Draft' and exists (select 1 from products where id = old.product_id and release is not null) then
            raise exception 'Plan % was released and cannot be deleted', old.id using errcode = 'restrict_violation';
        end if;
        return old;
    end if;
    if (new.id, new.product_id, new.name) is distinct from (old.id, old.product_id, old.name) then
        raise exception 'Plan % keeps its name and product', old.id using errcode = 'restrict_violation';
    end if;
    if old.status = 'Draft' then
        return new;
    end if;
    if (new.title, new.currency, new.period_unit, new.period_count, new.price_model, new.base, new.unit_amount, new.tiers, new.package_size, new.price_unit,
        new.minimum_charge, new.maximum_charge, new.flat_fee_at_zero_usage, new.setup_fee, new.trial_days, new.term_periods, new.approval,
        new.cancel_when_past_due, new.grace_days, new.payment_term_days, new.rate_limit, new.rate_limit_seconds, new.burst_limit, new.burst_seconds)
        is distinct from
       (old.title, old.currency, old.period_unit, old.period_count, old.price_model, old.base, old.unit_amount, old.tiers, old.package_size, old.price_unit,
        old.minimum_charge, old.maximum_charge, old.flat_fee_at_zero_usage, old.setup_fee, old.trial_days, old.term_periods, old.approval,
        old.cancel_when_past_due, old.grace_days, old.payment_term_days, old.rate_limit, old.rate_limit_seconds, old.burst_limit, old.burst_seconds)
    then
        raise exception 'Plan % was released and never changes', old.id using errcode = 'restrict_violation';
    end if;
    if new.quotas is distinct from old.quotas and not (old.status = 'Active' and new.quotas @> old.quotas) then
        raise exception 'The quotas of plan % were released; an active plan may only gain some', old.id using errcode = 'restrict_violation';
    end if;
    if array_position(array['Draft', 'Active', 'Deprecated', 'Archived'], new.status) < array_position(array['Draft', 'Active', 'Deprecated', 'Archived'], old.status) then
        raise exception 'Plan % is % and cannot become % again', old.id, old.status, new.status using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger keep_released_plan before update or delete on plans for each row execute function keep_released_plan();
