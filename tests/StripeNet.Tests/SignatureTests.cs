using Stripe;

namespace Marketplace.StripeNet.Tests;

public sealed class SignatureTests
{
    private const string Secret = "whsec_test_secret";
    private const long Now = 1_800_000_000;
    private const string Body = """
        {"id":"evt_1","object":"event","api_version":"2026-07-29.dahlia","created":1800000000,"livemode":false,"pending_webhooks":1,"type":"invoice.paid",
         "request":{"id":"req_1","idempotency_key":"key-1"},
         "data":{"object":{"id":"in_1","object":"invoice","customer":"cus_1","status":"paid","amount_paid":1999},"previous_attributes":{"status":"open"}}}
        """;

    [Fact]
    public void The_signature_is_the_documented_hmac()
    {
        // The value openssl gives: printf '1492774577.{"a":1}' | openssl dgst -sha256 -hmac whsec_test_secret
        Assert.Equal("739d49804fdca77d8a07462fc9f2627d4957adbd32fd530393ccaad298b10455", EventUtility.ComputeSignature(Secret, "1492774577", """{"a":1}"""));
    }

    [Fact]
    public void A_signed_event_is_read_with_its_object()
    {
        var received = EventUtility.ConstructEvent(Body, Header(Now), Secret, 300, Now);
        Assert.Equal(("evt_1", EventTypes.InvoicePaid, "req_1", "key-1"), (received.Id, received.Type, received.Request.Id, received.Request.IdempotencyKey));
        var invoice = Assert.IsType<Invoice>(received.Data.Object);
        Assert.Equal(("in_1", "cus_1", 1999), (invoice.Id, invoice.CustomerId, invoice.AmountPaid));
        Assert.Equal("open", received.RawJsonElement.Value.GetProperty("data").GetProperty("previous_attributes").GetProperty("status").GetString());
    }

    [Fact]
    public void The_clock_is_asked_when_no_time_is_given()
    {
        EventUtility.ValidateSignature(Body, Header(DateTimeOffset.UtcNow.ToUnixTimeSeconds()), Secret);
        Assert.Equal("The webhook cannot be processed because the current timestamp is outside of the allowed tolerance.", Refusal(() => EventUtility.ConstructEvent(Body, Header(1), Secret)));
    }

    [Theory]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(-301, false)]
    [InlineData(301, false)]
    public void Too_old_and_too_new_are_refused_alike(long offset, bool accepted)
    {
        var refusal = Record.Exception(() => EventUtility.ValidateSignature(Body, Header(Now + offset), Secret, 300, Now));
        Assert.Equal(accepted, refusal is null);
    }

    [Fact]
    public void Any_of_several_signatures_will_do()
    {
        EventUtility.ValidateSignature(Body, $" t={Now}, v1={new string('0', 64)},v0=x,v1={Signature(Now)} ", Secret, 300, Now);
    }

    [Theory]
    [InlineData("t=1800000000,v1=abc")]
    [InlineData("t=1800000000")]
    [InlineData("t=1800000000,v0=abc")]
    public void A_signature_that_does_not_match_is_refused(string header)
    {
        Assert.Equal(
            "The expected signature was not found in the Stripe-Signature header. Make sure you're using the correct webhook secret (whsec_) and confirm the incoming request came from Stripe.",
            Refusal(() => EventUtility.ValidateSignature(Body, header, Secret, 300, Now)));
    }

    [Fact]
    public void A_changed_body_and_another_secret_are_refused()
    {
        Assert.StartsWith("The expected signature was not found", Refusal(() => EventUtility.ValidateSignature(Body + " ", Header(Now), Secret, 300, Now)));
        Assert.StartsWith("The expected signature was not found", Refusal(() => EventUtility.ValidateSignature(Body, Header(Now), "whsec_other", 300, Now)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("t=1,v1")]
    public void A_header_of_another_form_is_refused(string header)
    {
        Assert.Equal("The signature header format is unexpected.", Refusal(() => EventUtility.ValidateSignature(Body, header, Secret, 300, Now)));
    }

    [Fact]
    public void A_body_that_is_no_text_is_refused()
    {
        Assert.Equal("The webhook cannot be processed because the signature cannot be safely calculated.", Refusal(() => EventUtility.ValidateSignature("\ud800", Header(Now), Secret, 300, Now)));
    }

    [Theory]
    [InlineData("2026-07-29.dahlia", true)]
    [InlineData("2026-01-01.dahlia", true)]
    [InlineData("2025-03-31.basil", false)]
    [InlineData("2022-11-15", false)]
    public void Events_of_another_release_train_are_refused_unless_asked_for(string version, bool accepted)
    {
        var json = Body.Replace("2026-07-29.dahlia", version, StringComparison.Ordinal);
        Assert.Equal(accepted, EventUtility.IsCompatibleApiVersion(version));
        Assert.Equal(version, EventUtility.ParseEvent(json, throwOnApiVersionMismatch: false).ApiVersion);
        if (!accepted)
        {
            Assert.StartsWith($"Received event with API version {version}, but Stripe.net 52.2.0 expects API version 2026-07-29.dahlia.", Refusal(() => EventUtility.ParseEvent(json)));
        }
    }

    [Fact]
    public void A_thin_notification_is_refused()
    {
        Assert.Throws<ArgumentException>(() => EventUtility.ParseEvent("""{"id":"evt_1","object":"v2.core.event"}"""));
    }

    private static string Signature(long timestamp) => EventUtility.ComputeSignature(Secret, $"{timestamp}", Body);

    private static string Header(long timestamp) => $"t={timestamp},v1={Signature(timestamp)}";

    private static string Refusal(Action action) => Assert.Throws<StripeException>(action).Message;
}
