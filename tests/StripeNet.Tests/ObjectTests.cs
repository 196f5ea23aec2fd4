using System.Text.Json;
using Stripe;

namespace Marketplace.StripeNet.Tests;

/// <summary>Objects read from Stripe's own published samples (github.com/stripe/openapi, fixtures3.json, MIT) and from short ones of ours.</summary>
public sealed class ObjectTests
{
    private static readonly JsonElement Samples = JsonDocument.Parse(typeof(ObjectTests).Assembly.GetManifestResourceStream("samples.json")).RootElement;

    public static TheoryData<string> Kinds => [.. Samples.EnumerateObject().Select(x => x.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_published_sample_keeps_its_values_through_reading_and_writing(string kind)
    {
        var sample = Samples.GetProperty(kind);
        var read = Assert.IsType<StripeEntity>(StripeEntity.FromJson(sample.GetRawText()), exactMatch: false);
        using var written = JsonDocument.Parse(read.ToJson());
        Assert.True(Compare(sample, written.RootElement, kind) >= sample.EnumerateObject().Count() / 2, "Too little of the sample was recognised.");
    }

    [Fact]
    public void An_id_stands_for_an_object_until_it_is_expanded()
    {
        var plain = Invoice.FromJson("""{"object":"invoice","customer":"cus_1","discounts":["di_1","di_2"],"default_payment_method":null}""");
        Assert.Equal(("cus_1", null, null), (plain.CustomerId, plain.Customer, plain.DefaultPaymentMethodId));
        Assert.Equal(["di_1", "di_2"], plain.DiscountIds);

        var expanded = Invoice.FromJson("""{"object":"invoice","customer":{"id":"cus_1","object":"customer","email":"a@example.org"},"discounts":[{"id":"di_1","object":"discount"}]}""");
        Assert.Equal(("cus_1", "a@example.org"), (expanded.CustomerId, expanded.Customer.Email));
        Assert.Equal("di_1", Assert.Single(expanded.Discounts).Id);

        expanded.CustomerId = "cus_2";
        Assert.Equal(("cus_2", null), (expanded.CustomerId, expanded.Customer));
        expanded.Customer = new Customer { Id = "cus_3" };
        Assert.Equal("cus_3", expanded.CustomerId);
    }

    [Fact]
    public void Unknown_fields_kinds_and_values_do_no_harm()
    {
        var invoice = Invoice.FromJson("""{"object":"invoice","status":"not_yet_invented","new_field":{"a":[1]},"default_source":{"id":"src_1","object":"new_kind"}}""");
        Assert.Equal(("not_yet_invented", "src_1", null), (invoice.Status, invoice.DefaultSourceId, invoice.DefaultSource));
        Assert.Equal(1, invoice.RawJsonElement.Value.GetProperty("new_field").GetProperty("a")[0].GetInt32());
        Assert.Null(StripeEntity.FromJson("""{"id":"x","object":"new_kind"}"""));
        Assert.Null(Event.FromJson("""{"object":"event","data":{"object":{"object":"new_kind"}}}""").Data.Object);
    }

    [Fact]
    public void Amounts_times_and_decimals_are_exact()
    {
        var price = Price.FromJson("""{"object":"price","created":1767225600,"unit_amount":null,"unit_amount_decimal":"0.000000000001","recurring":{"interval":"month","interval_count":1}}""");
        Assert.Equal((0.000000000001m, null, "month"), (price.UnitAmountDecimal, price.UnitAmount, price.Recurring.Interval));
        Assert.Equal(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), price.Created);
        Assert.Equal(DateTimeKind.Utc, price.Created.Kind);
        Assert.Equal(DateTime.UnixEpoch, new Invoice().Created);
        Assert.Contains("\"unit_amount_decimal\": \"0.000000000001\"", price.ToJson());
    }

    [Fact]
    public void A_list_can_be_walked_and_its_items_are_typed()
    {
        var list = StripeList<WebhookEndpoint>.FromJson("""{"object":"list","has_more":true,"url":"/v1/webhook_endpoints","data":[{"id":"we_1","object":"webhook_endpoint","enabled_events":["*"],"secret":"whsec_1"}]}""");
        Assert.True(list.HasMore);
        Assert.Equal(("we_1", "whsec_1"), (list.Single().Id, list.Data[0].Secret));
        Assert.Equal("*", Assert.Single(list.First().EnabledEvents));
    }

    [Fact]
    public void A_deleted_object_says_so_and_only_then()
    {
        Assert.True(Customer.FromJson("""{"id":"cus_1","object":"customer","deleted":true}""").Deleted);
        Assert.DoesNotContain("deleted", new Customer { Id = "cus_1" }.ToJson());
    }

    [Fact]
    public void An_invoice_shows_its_lines_and_where_it_comes_from()
    {
        var invoice = Invoice.FromJson(
            """
            {"id":"in_1","object":"invoice","metadata":{"order":"7"},"total":1210,"status_transitions":{"finalized_at":1767225600,"paid_at":null},
             "total_taxes":[{"amount":210,"tax_behavior":"exclusive","type":"tax_rate_details","tax_rate_details":{"tax_rate":"txr_1"}}],
             "parent":{"type":"subscription_details","subscription_details":{"subscription":"sub_1","metadata":{}}},
             "lines":{"object":"list","has_more":false,"data":[{"id":"il_1","object":"line_item","amount":1000,"quantity":4,
               "pricing":{"type":"price_details","unit_amount_decimal":"250","price_details":{"price":"price_1","product":"prod_1"}}}]}}
            """);
        Assert.Equal(("7", 1210, null, "sub_1"), (invoice.Metadata["order"], invoice.Total, invoice.StatusTransitions.PaidAt, invoice.Parent.SubscriptionDetails.SubscriptionId));
        Assert.Equal("txr_1", invoice.TotalTaxes.Single().TaxRateDetails.TaxRateId);
        var line = invoice.Lines.Single();
        Assert.Equal((1000, 250m, "prod_1"), (line.Amount, line.Pricing.UnitAmountDecimal, line.Pricing.PriceDetails.Product));
    }

    [Fact]
    public void The_serializer_reads_an_object_without_being_told_how()
    {
        Assert.Equal("cus_1", JsonSerializer.Deserialize<Invoice>("""{"customer":"cus_1"}""").CustomerId);
    }

    /// <summary>Compares what both sides have, and counts it.</summary>
    private static int Compare(JsonElement sample, JsonElement written, string path)
    {
        if (sample.ValueKind == JsonValueKind.Object && written.ValueKind == JsonValueKind.Object)
        {
            return sample.EnumerateObject().Sum(x => written.TryGetProperty(x.Name, out var value) ? Compare(x.Value, value, $"{path}.{x.Name}") : 0);
        }

        if (sample.ValueKind == JsonValueKind.Array && written.ValueKind == JsonValueKind.Array)
        {
            Assert.True(sample.GetArrayLength() == written.GetArrayLength(), path);
            return 1 + sample.EnumerateArray().Zip(written.EnumerateArray(), (a, b) => Compare(a, b, path + "[]")).Sum();
        }

        // A kind that has no class reads as null, as documented.
        if (written.ValueKind == JsonValueKind.Null && sample.ValueKind == JsonValueKind.Object && StripeEntity.FromJson(sample.GetRawText()) is null)
        {
            return 0;
        }

        Assert.True(JsonElement.DeepEquals(sample, written), $"{path}: {sample} became {written}");
        return 1;
    }
}
