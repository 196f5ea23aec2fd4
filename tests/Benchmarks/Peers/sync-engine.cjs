// Stripe's webhooks into PostgreSQL by @supabase/stripe-sync-engine, as its own documentation says: nothing fetched, nothing expanded.
const http = require('node:http')
const { StripeSync, runMigrations } = require('@supabase/stripe-sync-engine')

const { DATABASE_URL: connectionString, PORT: port, SIGNING_SECRET: stripeWebhookSecret } = process.env

runMigrations({ databaseUrl: connectionString, schema: 'stripe' }).then(() => {
  const sync = new StripeSync({
    poolConfig: { connectionString, max: 30 },
    stripeSecretKey: 'sk_test_unused',
    stripeWebhookSecret,
    autoExpandLists: false,
    backfillRelatedEntities: false,
  })
  http.createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.end('ready')
      return
    }
    try {
      const chunks = []
      for await (const chunk of request) chunks.push(chunk)
      await sync.processWebhook(Buffer.concat(chunks), request.headers['stripe-signature'])
    } catch (failure) {
      console.error(failure)
      response.statusCode = 500
    }
    response.end()
  }).listen(Number(port), '127.0.0.1')
})
