-- A product shows the version of its newest release, and none before it has one.
select d.id, d.release, newest.release as newest_release
from products d
left join lateral (
    select concat_ws('.', major, minor, patch) as release from releases where product_id = d.id order by major desc, minor desc, patch desc limit 1) newest on true
where d.release is distinct from newest.release
