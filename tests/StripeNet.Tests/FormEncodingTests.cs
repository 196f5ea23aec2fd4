using Stripe;

namespace Marketplace.StripeNet.Tests;

public sealed class FormEncodingTests : IAsyncLifetime
{
    private ScriptedStripe stripe;

    public async ValueTask InitializeAsync() => stripe = await ScriptedStripe.Start();

    public ValueTask DisposeAsync() => stripe.DisposeAsync();

    [Fact]
    public async Task Nested_options_use_brackets_and_lists_use_indexes()
    {
        var form = await Posted(new InvoiceAddLinesOptions
        {
            Lines =
            [
                new InvoiceLineOptions { Description = "Calls", Amount = 100, Period = new InvoiceLinePeriodOptions { Start = At(10), End = At(20) } },
                new InvoiceLineOptions { Description = "More", TaxRates = ["txr_1", "txr_2"] },
            ],
        });
        Assert.Equal(
            [
                "lines[0][amount]=100", "lines[0][description]=Calls", "lines[0][period][end]=20", "lines[0][period][start]=10",
                "lines[1][description]=More", "lines[1][tax_rates][0]=txr_1", "lines[1][tax_rates][1]=txr_2",
            ],
            form);
    }

    [Fact]
    public async Task Flags_are_lower_case_and_times_are_unix_seconds()
    {
        Assert.Equal(
            ["auto_advance=false", "due_date=1767225600", "pending_invoice_items_behavior=exclude"],
            await Posted(new InvoiceCreateOptions { AutoAdvance = false, DueDate = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), PendingInvoiceItemsBehavior = "exclude" }));
    }

    [Fact]
    public async Task Decimals_keep_every_digit_and_need_no_culture()
    {
        Assert.Equal(
            ["quantity_decimal=1234567.5", "unit_amount_decimal=0.000000000001"],
            await Posted(new InvoiceItemCreateOptions { UnitAmountDecimal = 0.000000000001m, QuantityDecimal = 1234567.5m }));
    }

    [Fact]
    public async Task Metadata_names_its_keys_and_an_empty_value_removes_one()
    {
        Assert.Equal(
            ["metadata[order id]=A&B=ö", "metadata[stale]="],
            await Posted(new CustomerUpdateOptions { Metadata = new Dictionary<string, string> { ["order id"] = "A&B=ö", ["stale"] = "" } }));
    }

    [Fact]
    public async Task Brackets_are_readable_and_everything_else_is_escaped()
    {
        await stripe.Client().V1.Customers.CreateAsync(new CustomerCreateOptions { Metadata = new Dictionary<string, string> { ["a b"] = "c&d/ü" } });
        Assert.Equal("metadata[a+b]=c%26d%2F%C3%BC", stripe.Requests.Single().Body);
    }

    [Fact]
    public async Task An_empty_list_and_a_cleared_field_are_sent_empty_and_an_untouched_one_is_not_sent()
    {
        Assert.Equal(
            ["custom_fields=", "default_tax_rates=", "footer=", "number="],
            await Posted(new InvoiceUpdateOptions { DefaultTaxRates = [], CustomFields = null, Number = null, Footer = "", Description = null }));
    }

    [Fact]
    public async Task Expansions_and_extra_parameters_travel_with_the_options()
    {
        var options = new InvoiceFinalizeOptions();
        options.AddExpand("payments");
        options.AddExpand("customer.tax_ids");
        options.AddExtraParam("preview_feature", new Dictionary<string, string> { ["on"] = "yes" });
        Assert.Equal(["expand[0]=payments", "expand[1]=customer.tax_ids", "preview_feature[on]=yes"], await Posted(options));
    }

    [Fact]
    public async Task Either_or_parameters_send_the_one_that_was_given()
    {
        Assert.Equal(["trial_end=now"], await Posted(new SubscriptionUpdateOptions { TrialEnd = SubscriptionTrialEnd.Now }));
        Assert.Equal(["trial_end=30"], await Posted(new SubscriptionUpdateOptions { TrialEnd = At(30) }));
        Assert.Equal(["billing_cycle_anchor=unchanged"], await Posted(new SubscriptionUpdateOptions { BillingCycleAnchor = SubscriptionBillingCycleAnchor.Unchanged }));
    }

    [Fact]
    public async Task Lists_and_deletions_put_their_parameters_into_the_query()
    {
        var client = stripe.Answers("""{"object":"list","data":[]}""").Client();
        await client.V1.Invoices.ListAsync(new InvoiceListOptions { Limit = 3, Customer = "cus_1", Created = new DateRangeOptions { GreaterThanOrEqual = At(5), LessThan = At(9) } });
        await client.V1.SubscriptionItems.DeleteAsync("si_1", new SubscriptionItemDeleteOptions { ClearUsage = true });
        var asked = stripe.Requests.ToArray();
        Assert.Equal(("GET", "/v1/invoices"), (asked[0].Method, asked[0].Path));
        Assert.Equal(["created[gte]=5", "created[lt]=9", "customer=cus_1", "limit=3"], asked[0].Form);
        Assert.Equal(("DELETE", "/v1/subscription_items/si_1", "clear_usage=true", ""), (asked[1].Method, asked[1].Path, asked[1].Query, asked[1].Body));
    }

    [Fact]
    public async Task A_post_without_parameters_is_an_empty_form_and_ids_are_escaped()
    {
        await stripe.Client().V1.Invoices.VoidInvoiceAsync("in_1/../x y");
        var asked = stripe.Requests.Single();
        Assert.Equal("", asked.Body);
        Assert.Equal("application/x-www-form-urlencoded; charset=utf-8", asked.Headers["Content-Type"]);
        Assert.Equal("/v1/invoices/in_1%2F..%2Fx+y/void", asked.Path);
    }

    private static DateTime At(long second) => DateTimeOffset.FromUnixTimeSeconds(second).UtcDateTime;

    private async Task<string[]> Posted(BaseOptions options)
    {
        stripe.Requests.Clear();
        await stripe.Client().RequestAsync<Customer>(HttpMethod.Post, "/v1/any", options, null);
        return stripe.Requests.Single().Form;
    }
}
