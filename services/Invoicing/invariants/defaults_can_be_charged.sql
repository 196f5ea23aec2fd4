-- A default payment method is one that is stored for that very customer.
select c.id, c.default_method_id, p.customer_id, p.status
from customers c join payment_methods p on p.id = c.default_method_id
where p.customer_id <> c.id or p.status <> 'stored'
