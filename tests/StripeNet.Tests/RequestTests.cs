using Stripe;

namespace Marketplace.StripeNet.Tests;

public sealed class RequestTests : IAsyncLifetime
{
    private ScriptedStripe stripe;

    public async ValueTask InitializeAsync() => stripe = await ScriptedStripe.Start();

    public ValueTask DisposeAsync() => stripe.DisposeAsync();

    [Fact]
    public async Task A_request_carries_the_key_the_version_and_the_application()
    {
        await stripe.Client(appInfo: new AppInfo { Name = "Marketplace", Version = "1.0", Url = "https://example.org" }).V1.Customers.GetAsync("cus_1");
        var headers = stripe.Requests.Single().Headers;
        Assert.Equal("Bearer sk_test_scripted", headers["Authorization"]);
        Assert.Equal("2026-07-29.dahlia", headers["Stripe-Version"]);
        Assert.StartsWith("Stripe/V1 .NetBindings/52.2.0 Marketplace/1.0 (https://example.org)", headers["User-Agent"]);
        Assert.Contains("\"name\":\"Marketplace\"", headers["X-Stripe-Client-User-Agent"]);
        Assert.False(headers.ContainsKey("Idempotency-Key"));
        Assert.False(headers.ContainsKey("Stripe-Account"));
    }

    [Fact]
    public async Task Request_options_choose_key_account_and_idempotency_key()
    {
        var options = new RequestOptions { ApiKey = "sk_test_other", IdempotencyKey = "invoice-1", StripeAccount = "acct_1" };
        await stripe.Client().V1.Invoices.CreateAsync(new InvoiceCreateOptions { Customer = "cus_1" }, options);
        var headers = stripe.Requests.Single().Headers;
        Assert.Equal(("Bearer sk_test_other", "invoice-1", "acct_1"), (headers["Authorization"], headers["Idempotency-Key"], headers["Stripe-Account"]));
    }

    [Fact]
    public async Task A_post_without_a_key_gets_a_fresh_one_each()
    {
        var client = stripe.Client();
        await client.V1.Customers.CreateAsync(new CustomerCreateOptions());
        await client.V1.Customers.CreateAsync(new CustomerCreateOptions());
        var keys = stripe.Requests.Select(x => Guid.Parse(x.Headers["Idempotency-Key"])).ToArray();
        Assert.NotEqual(keys[0], keys[1]);
    }

    [Fact]
    public async Task Client_options_set_the_account_for_every_call()
    {
        var client = new StripeClient(new StripeClientOptions { ApiKey = "sk_test_1", ApiBase = stripe.Address, StripeAccount = "acct_1" });
        await client.V1.Accounts.GetSelfAsync();
        await client.V1.Accounts.GetAsync("acct_2", requestOptions: new RequestOptions { StripeAccount = "acct_3" });
        Assert.Equal([("/v1/account", "acct_1"), ("/v1/accounts/acct_2", "acct_3")], stripe.Requests.Select(x => (x.Path, x.Headers["Stripe-Account"])));
    }

    [Fact]
    public async Task Services_reach_their_addresses()
    {
        var v1 = stripe.Client().V1;
        await v1.WebhookEndpoints.CreateAsync(new WebhookEndpointCreateOptions { Url = "https://example.org/hook", EnabledEvents = ["*"] });
        await v1.WebhookEndpoints.UpdateAsync("we_1", new WebhookEndpointUpdateOptions { Disabled = true });
        await v1.WebhookEndpoints.DeleteAsync("we_1");
        await v1.Customers.BalanceTransactions.CreateAsync("cus_1", new CustomerBalanceTransactionCreateOptions { Amount = -500, Currency = "usd" });
        await v1.Invoices.FinalizeInvoiceAsync("in_1");
        await v1.Invoices.SendInvoiceAsync("in_1");
        await v1.Invoices.MarkUncollectibleAsync("in_1");
        await v1.Invoices.LineItems.UpdateAsync("in_1", "il_1", new InvoiceLineItemUpdateOptions { Description = "x" });
        await v1.InvoiceItems.DeleteAsync("ii_1");
        await v1.Billing.MeterEvents.CreateAsync(new Stripe.Billing.MeterEventCreateOptions { EventName = "calls" });
        await v1.BillingPortal.Sessions.CreateAsync(new Stripe.BillingPortal.SessionCreateOptions { Customer = "cus_1" });
        await v1.Checkout.Sessions.ExpireAsync("cs_1");
        await v1.TestHelpers.TestClocks.AdvanceAsync("clock_1", new Stripe.TestHelpers.TestClockAdvanceOptions());
        await new EventService(stripe.Client()).GetAsync("evt_1");
        Assert.Equal(
            [
                "POST /v1/webhook_endpoints", "POST /v1/webhook_endpoints/we_1", "DELETE /v1/webhook_endpoints/we_1",
                "POST /v1/customers/cus_1/balance_transactions", "POST /v1/invoices/in_1/finalize", "POST /v1/invoices/in_1/send",
                "POST /v1/invoices/in_1/mark_uncollectible", "POST /v1/invoices/in_1/lines/il_1", "DELETE /v1/invoiceitems/ii_1",
                "POST /v1/billing/meter_events", "POST /v1/billing_portal/sessions", "POST /v1/checkout/sessions/cs_1/expire",
                "POST /v1/test_helpers/test_clocks/clock_1/advance", "GET /v1/events/evt_1",
            ],
            stripe.Requests.Select(x => $"{x.Method} {x.Path}"));
    }

    [Fact]
    public async Task A_raw_request_sends_and_returns_text()
    {
        stripe.Answers("""{"any":1}""", headers: ("Request-Id", "req_1"));
        var answer = await stripe.Client().RawRequestAsync(HttpMethod.Post, "/v1/events/evt_1/retry", "for_stripecli=true", new RawRequestOptions { AdditionalHeaders = { ["X-Extra"] = "1" } });
        Assert.Equal(("""{"any":1}""", "req_1"), (answer.Content, answer.RequestId));
        Assert.Equal(("for_stripecli=true", "1"), (stripe.Requests.Single().Body, stripe.Requests.Single().Headers["X-Extra"]));
    }

    [Fact]
    public async Task Paging_walks_to_the_end_following_the_last_id()
    {
        stripe.Answers("""{"object":"list","has_more":true,"data":[{"id":"cus_3","object":"customer"},{"id":"cus_2","object":"customer"}]}""")
            .Answers("""{"object":"list","has_more":false,"data":[{"id":"cus_1","object":"customer"}]}""");
        var ids = new List<string>();
        await foreach (var customer in stripe.Client().V1.Customers.ListAutoPagingAsync(new CustomerListOptions { Limit = 2 }))
        {
            ids.Add(customer.Id);
        }

        Assert.Equal(["cus_3", "cus_2", "cus_1"], ids);
        Assert.Equal([["limit=2"], ["limit=2", "starting_after=cus_2"]], stripe.Requests.Select(x => x.Form));
    }

    [Fact]
    public async Task Paging_backwards_reverses_each_page()
    {
        stripe.Answers("""{"object":"list","has_more":true,"data":[{"id":"cus_3"},{"id":"cus_2"}]}""").Answers("""{"object":"list","has_more":false,"data":[{"id":"cus_4"}]}""");
        var ids = new List<string>();
        await foreach (var customer in stripe.Client().V1.Customers.ListAutoPagingAsync(new CustomerListOptions { EndingBefore = "cus_1" }))
        {
            ids.Add(customer.Id);
        }

        Assert.Equal(["cus_2", "cus_3", "cus_4"], ids);
        Assert.Equal([["ending_before=cus_1"], ["ending_before=cus_3"]], stripe.Requests.Select(x => x.Form));
    }

    [Fact]
    public async Task Searching_follows_the_next_page()
    {
        stripe.Answers("""{"object":"search_result","has_more":true,"next_page":"p2","data":[{"id":"in_1"}]}""").Answers("""{"object":"search_result","has_more":false,"data":[{"id":"in_2"}]}""");
        var ids = new List<string>();
        await foreach (var invoice in stripe.Client().V1.Invoices.SearchAutoPagingAsync(new InvoiceSearchOptions { Query = "status:'open'" }))
        {
            ids.Add(invoice.Id);
        }

        Assert.Equal(["in_1", "in_2"], ids);
        Assert.Equal([["query=status:'open'"], ["page=p2", "query=status:'open'"]], stripe.Requests.Select(x => x.Form));
    }
}
