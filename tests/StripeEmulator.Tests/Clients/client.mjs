// What an application does with Stripe's Node client, in the major that pins API_VERSION. Prints one line per scenario:
// its name, a tab, and what went wrong, if anything.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { API_VERSION: version, EMULATOR: address, KEY: key, RESTRICTED_KEY: restrictedKey, CLIENTS: folder } = process.env;
const load = createRequire(join(folder, 'node_modules', 'x.js'))(`stripe-${version}`);
const Stripe = load.default ?? load;
const { hostname, port } = new URL(address);
const client = (secret, more = {}) =>
  new Stripe(secret, { host: hostname, port: Number(port), protocol: 'http', maxNetworkRetries: 0, telemetry: false, ...more });
const stripe = client(key);
const beforeBasil = version < '2025-03-31';
const card = { payment_method: 'pm_card_visa', invoice_settings: { default_payment_method: 'pm_card_visa' } };

const refused = (call, type, more = {}) =>
  assert.rejects(call, (error) => {
    assert.equal(error.type, type);
    assert.ok(error instanceof Stripe.errors[type], `is no ${type}`);
    assert.ok(error.requestId.startsWith('req_'));
    for (const [name, value] of Object.entries(more)) assert.equal(error[name], value, name);
    return true;
  });

const price = async (more = {}) => {
  const product = await stripe.products.create({ name: 'Plan' });
  return stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 1500, ...more });
};

const scenarios = {
  async 'creates, reads, updates and deletes'() {
    const made = await stripe.customers.create({ name: 'Ada', metadata: { plan: 'gold', seats: '3' }, address: { line1: 'Main Street 1', city: 'Köln' } });
    assert.equal((await stripe.customers.retrieve(made.id)).address.city, 'Köln');
    const changed = await stripe.customers.update(made.id, { name: '', metadata: { seats: '' } });
    assert.equal(changed.name, null);
    assert.deepEqual(changed.metadata, { plan: 'gold' });
    assert.equal((await stripe.customers.del(made.id)).deleted, true);
    assert.equal(made.lastResponse.apiVersion, version);
  },

  async 'pages through a list by itself'() {
    const customer = await stripe.customers.create({ email: 'pages@example.com' });
    for (let n = 0; n < 7; n++) await stripe.invoiceItems.create({ customer: customer.id, amount: 100 + n, currency: 'usd' });
    const amounts = [];
    for await (const item of stripe.invoiceItems.list({ customer: customer.id, limit: 3 })) amounts.push(item.amount);
    assert.deepEqual(amounts, [106, 105, 104, 103, 102, 101, 100]);
    const some = await stripe.invoiceItems.list({ customer: customer.id, limit: 2 }).autoPagingToArray({ limit: 5 });
    assert.equal(some.length, 5);
    const last = amounts.length && (await stripe.invoiceItems.list({ customer: customer.id, limit: 100 })).data.at(-1).id;
    const back = [];
    for await (const item of stripe.invoiceItems.list({ customer: customer.id, limit: 2, ending_before: last })) back.push(item.amount);
    assert.deepEqual(back, [101, 102, 103, 104, 105, 106]);
  },

  async 'expands'() {
    const customer = await stripe.customers.create(card);
    await stripe.invoiceItems.create({ customer: customer.id, amount: 2500, currency: 'usd' });
    const draft = await stripe.invoices.create({ customer: customer.id, pending_invoice_items_behavior: 'include' });
    await stripe.invoices.finalizeInvoice(draft.id);
    const expand = beforeBasil ? ['customer.invoice_settings.default_payment_method', 'payment_intent.latest_charge'] : ['customer.invoice_settings.default_payment_method', 'payments.data.payment.payment_intent'];
    const paid = await stripe.invoices.pay(draft.id, { expand });
    assert.equal(paid.status, 'paid');
    assert.equal(paid.customer.invoice_settings.default_payment_method.card.last4, '4242');
    const intent = beforeBasil ? paid.payment_intent : paid.payments.data[0].payment.payment_intent;
    assert.equal(beforeBasil ? intent.latest_charge.amount : intent.amount_received, 2500);
    assert.equal(paid.paid, beforeBasil ? true : undefined);
  },

  async 'throws a card error'() {
    await refused(stripe.paymentIntents.create({ amount: 2000, currency: 'usd', payment_method: 'pm_card_chargeDeclined', payment_method_types: ['card'], confirm: true }),
      'StripeCardError', { statusCode: 402, code: 'card_declined', decline_code: 'generic_decline' });
  },

  async 'throws an invalid request error'() {
    await refused(stripe.customers.create({ colour: 'red' }), 'StripeInvalidRequestError', { statusCode: 400, code: 'parameter_unknown', param: 'colour' });
    await refused(stripe.customers.retrieve('cus_missing'), 'StripeInvalidRequestError', { statusCode: 404, code: 'resource_missing' });
  },

  async 'throws an authentication error'() {
    await refused(client('rk_test_neverMade1234').customers.list(), 'StripeAuthenticationError', { statusCode: 401 });
  },

  async 'throws a permission error'() {
    await refused(client(restrictedKey).webhookEndpoints.list(), 'StripePermissionError', { statusCode: 403 });
  },

  async 'throws a rate limit error'() {
    await fetch(new URL('/_emulator/faults', address), { method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'status', status: 429, times: 1, method: 'POST', path: '/v1/customers', account: 'acct_1' + key.split('_')[2].slice(2, 18) }) });
    await refused(stripe.customers.create({}), 'StripeRateLimitError', { statusCode: 429, code: 'rate_limit' });
    await stripe.customers.create({});
  },

  async 'replays by idempotency key and throws an idempotency error'() {
    const idempotencyKey = `key-${version}-${process.pid}`;
    const first = await stripe.customers.create({ name: 'once' }, { idempotencyKey });
    const again = await stripe.customers.create({ name: 'once' }, { idempotencyKey });
    assert.equal(again.id, first.id);
    await refused(stripe.customers.create({ name: 'twice' }, { idempotencyKey }), 'StripeIdempotencyError', { statusCode: 400 });
  },

  async 'verifies a webhook that was really delivered'() {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const arrived = new Promise((resolve) => {
      server.on('request', async (request, response) => {
        const chunks = [];
        for await (const chunk of request) chunks.push(chunk);
        response.end();
        resolve({ body: Buffer.concat(chunks), signature: request.headers['stripe-signature'] });
      });
    });
    const endpoint = await stripe.webhookEndpoints.create({ url: `http://127.0.0.1:${server.address().port}/`, enabled_events: ['customer.created'], api_version: version });
    const customer = await stripe.customers.create({ name: 'Grace' });
    const { body, signature } = await arrived;
    server.close();
    server.closeAllConnections();
    const event = stripe.webhooks.constructEvent(body, signature, endpoint.secret);
    assert.equal(event.type, 'customer.created');
    assert.equal(event.data.object.id, customer.id);
    assert.equal(event.api_version, version);
    assert.throws(() => stripe.webhooks.constructEvent(body, signature, 'whsec_other'), (error) => error.type === 'StripeSignatureVerificationError');
    assert.throws(() => stripe.webhooks.constructEvent(body.toString().replace('Grace', 'Grade'), signature, endpoint.secret));
    await stripe.webhookEndpoints.del(endpoint.id);
  },

  async 'bills a price by the name its version gives it'() {
    const customer = await stripe.customers.create();
    const { id, product } = await price();
    const item = await stripe.invoiceItems.create(beforeBasil ? { customer: customer.id, price: id, quantity: 2 } : { customer: customer.id, pricing: { price: id }, quantity: 2 });
    assert.equal(item.amount, 3000);
    assert.equal(beforeBasil ? item.price.id : item.pricing.price_details.price, id);
    assert.equal(beforeBasil ? item.price.product : item.pricing.price_details.product, product);
    const invoice = await stripe.invoices.create({ customer: customer.id, pending_invoice_items_behavior: 'include' });
    assert.equal(invoice.lines.data[0].amount, 3000);
    assert.equal(invoice.subscription, beforeBasil ? null : undefined);
  },

  async 'subscribes, and shows the period where its version does'() {
    const customer = await stripe.customers.create(card);
    const monthly = await price({ recurring: { interval: 'month' } });
    const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: monthly.id, quantity: 2 }], expand: ['latest_invoice'] });
    assert.equal(subscription.status, 'active');
    assert.equal(subscription.latest_invoice.amount_paid, 3000);
    const item = subscription.items.data[0];
    const [shows, hides] = beforeBasil ? [subscription, item] : [item, subscription];
    assert.ok(shows.current_period_end > shows.current_period_start);
    assert.equal(hides.current_period_end, undefined);
    const named = beforeBasil ? subscription.latest_invoice.subscription : subscription.latest_invoice.parent.subscription_details.subscription;
    assert.equal(named, subscription.id);
    const changed = await stripe.subscriptions.update(subscription.id, { items: [{ id: item.id, quantity: 3 }], proration_behavior: 'none', metadata: { seats: '3' } });
    assert.equal(changed.items.data[0].quantity, 3);
    assert.equal((await stripe.subscriptions.cancel(subscription.id)).status, 'canceled');
  },

  async 'takes a coupon off by the name its version gives it'() {
    const coupon = await stripe.coupons.create({ percent_off: 20, duration: 'forever' });
    const customer = await stripe.customers.create(card);
    const monthly = await price({ recurring: { interval: 'month' } });
    const order = { customer: customer.id, items: [{ price: monthly.id }], expand: ['latest_invoice'] };
    const subscription = await stripe.subscriptions.create({ ...order, ...(beforeBasil ? { coupon: coupon.id } : { discounts: [{ coupon: coupon.id }] }) });
    assert.equal(subscription.latest_invoice.total, 1200);
    assert.equal(beforeBasil ? subscription.discount.coupon.id : subscription.discounts.length, beforeBasil ? coupon.id : 1);
  },

  async 'looks ahead at the next invoice'() {
    const customer = await stripe.customers.create(card);
    const monthly = await price({ recurring: { interval: 'month' } });
    const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: monthly.id }] });
    const ahead = beforeBasil ? await stripe.invoices.retrieveUpcoming({ subscription: subscription.id }) : await stripe.invoices.createPreview({ subscription: subscription.id });
    assert.equal(ahead.total, 1500);
    assert.equal(ahead.lines.data[0].amount, 1500);
  },
};

for (const [name, run] of Object.entries(scenarios)) {
  let wrong = '';
  try {
    await run();
  } catch (error) {
    wrong = String(error.stack ?? error).replaceAll('\n', ' / ');
  }
  console.log(`${name}\t${wrong}`);
}
