using System.Net;
using System.Text;
using Marketplace.Testing;

namespace Marketplace.WebhookIngest.Tests;

public sealed class RefusalTests(IngestApp app) : IClassFixture<IngestApp>
{
    private readonly string body = IngestApp.Event(IngestApp.NewEventId());

    [Fact]
    public async Task Without_a_signature_there_is_no_row()
    {
        var integration = await app.Integration();

        await app.Deliver(integration.Id, Encoding.UTF8.GetBytes(body), null).ExpectProblem(HttpStatusCode.BadRequest, "signature_missing");
        await app.Deliver(integration.Id, Encoding.UTF8.GetBytes(body), "").ExpectProblem(HttpStatusCode.BadRequest, "signature_missing");

        Assert.Equal(0, await app.Stored(integration));
    }

    [Fact]
    public async Task Forged_signatures_are_refused()
    {
        var (integration, other) = (await app.Integration(), await app.Integration());
        var genuine = app.Sign(body, integration.Secrets);
        var time = app.Clock.GetUtcNow().ToUnixTimeSeconds();
        var hex = genuine.Split("v1=")[1];
        string[] forged =
        [
            app.Sign(body, other.Secrets),                                  // another tenant's secret
            app.Sign(body + " ", integration.Secrets),                      // another body
            app.Sign(body, ""),                                             // no secret at all
            genuine.Replace("v1=", "v0=", StringComparison.Ordinal),        // the scheme that proves nothing
            genuine.Replace($"t={time}", $"t={time + 1}", StringComparison.Ordinal),
            $"t={time},t={time},v1={hex}", $"t={time}", $"v1={hex}", $"t={time},v1=", $"t={time},v1={hex[..63]}", $"t={time},v1={hex}0", $"t=,v1={hex}", $"t=-1,v1={hex}",
            $"t=9999999999999999999,v1={hex}", $"t=１２３,v1={hex}", $"t={time}.0,v1={hex}", $"T={time},V1={hex}", $"t={time};v1={hex}", $"t:{time},v1:{hex}",
            $"t={time}" + string.Concat(Enumerable.Repeat(",v1=" + new string('0', 64), 5)) + ",v1=" + hex, // behind a handful of others
            $"t={time}" + string.Concat(Enumerable.Repeat(",v1=" + hex, 1000)),
        ];

        foreach (var signature in forged)
        {
            await app.Deliver(integration, body, signature).ExpectProblem(HttpStatusCode.BadRequest, "signature_invalid");
        }

        Assert.Equal(0, await app.Stored(integration));
    }

    [Fact]
    public async Task A_genuine_signature_among_others_is_found()
    {
        var integration = await app.Integration();
        var genuine = app.Sign(body, integration.Secrets).Split(',');

        await app.Deliver(integration, body, $"{genuine[0]},v0={new string('a', 64)},v1={new string('0', 64)}, {genuine[1]},x,=,v2=1").Expect();
    }

    [Theory]
    [InlineData(-301, "signature_stale")]
    [InlineData(301, "signature_future_dated")]
    [InlineData(-300, null)]
    [InlineData(300, null)]
    public async Task A_signature_is_good_for_300_seconds_either_way(int seconds, string? code)
    {
        var integration = await app.Integration();
        var signature = IngestApp.Sign(Encoding.UTF8.GetBytes(body), app.Clock.GetUtcNow().AddSeconds(seconds), integration.Secrets);

        var sent = app.Deliver(integration, body, signature);

        await (code is null ? (Task)sent.Expect() : sent.ExpectProblem(HttpStatusCode.BadRequest, code));
        Assert.Equal(code is null ? 1 : 0, await app.Stored(integration));
    }

    [Fact]
    public async Task An_old_signature_of_a_stranger_is_called_invalid_not_stale()
    {
        var integration = await app.Integration();

        await app.Deliver(integration, body, IngestApp.Sign(Encoding.UTF8.GetBytes(body), app.Clock.GetUtcNow().AddDays(-1), "whsec_guess"))
            .ExpectProblem(HttpStatusCode.BadRequest, "signature_invalid");
    }

    [Fact]
    public async Task While_secrets_are_rolled_both_sign_and_afterwards_only_the_new_one()
    {
        var before = await app.Integration();
        var rolling = before with { Secrets = ["whsec_new", before.Secrets[0]] };
        var after = before with { Secrets = ["whsec_new"] };

        await app.Announce(rolling, 2);
        await app.Deliver(before, body).Expect();
        await app.Deliver(after, body).Expect();
        await app.Deliver(rolling, body, app.Sign(body, rolling.Secrets)).Expect();

        await app.Announce(after, 3);
        await app.Announce(rolling, 2);
        await app.Deliver(after, body).Expect();
        await app.Deliver(before, body).ExpectProblem(HttpStatusCode.BadRequest, "signature_invalid");
    }

    [Fact]
    public async Task Unknown_and_deleted_integrations_are_not_found()
    {
        var integration = await app.Integration();
        await app.Announce(integration, 2, deleted: true);

        await app.Deliver(integration, body).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await app.Deliver(integration with { Id = "bil_nowhere" }, body).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task An_integration_without_a_secret_accepts_nothing()
    {
        var integration = await app.Integration();
        await app.Announce(integration with { Secrets = [] }, 2);

        await app.Deliver(integration, body).ExpectProblem(HttpStatusCode.BadRequest, "signature_invalid");
    }

    [Fact]
    public async Task Bodies_up_to_512_KiB_are_taken_and_larger_ones_refused_whether_they_say_so_or_not()
    {
        var integration = await app.Integration();
        var largest = body + new string(' ', 512 * 1024 - Encoding.UTF8.GetByteCount(body));

        await app.Deliver(integration, largest).Expect();
        await app.Deliver(integration, largest + " ").ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");

        using var chunked = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/stripe/{integration.Id}") { Content = new StreamContent(new EndlessStream(fast: true)) };
        chunked.Headers.TryAddWithoutValidation("Stripe-Signature", "t=1,v1=1");
        await app.Stripe.SendAsync(chunked).ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
        Assert.Equal(1, await app.Stored(integration));
    }

    [Fact]
    public async Task Compressed_bodies_are_refused_unpacked()
    {
        var integration = await app.Integration();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/stripe/{integration.Id}") { Content = new ByteArrayContent([0x1f, 0x8b]) };
        request.Content.Headers.ContentEncoding.Add("gzip");

        await app.Stripe.SendAsync(request).ExpectProblem(HttpStatusCode.UnsupportedMediaType, "content_encoding_unsupported");
    }

    [Fact]
    public async Task Fuzzed_headers_never_open_anything_and_never_break_anything()
    {
        const int Seed = 20260115;
        var random = new Random(Seed);
        var integration = await app.Integration();
        var genuine = app.Sign(body, integration.Secrets);
        string[] pieces = ["t=", "v1=", "v0=", ",", "=", "-", "0", "9", "f", "\t", " ", "é", "\"", "%00", genuine[..12], genuine[^64..], new string('1', 40)];
        for (var i = 0; i < 2000; i++)
        {
            var signature = random.Next(3) switch
            {
                0 => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)])),
                1 => Changed(genuine, random),
                _ => genuine[..random.Next(genuine.Length)],
            };

            using var answer = await app.Deliver(integration, body, signature);
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"Seed {Seed}, round {i}: '{signature}' was answered {(int)answer.StatusCode}");
        }

        Assert.Equal(0, await app.Stored(integration));
    }

    private static string Changed(string text, Random random)
    {
        var chars = text.ToCharArray();
        var at = random.Next(chars.Length);
        var other = (char)random.Next(0x20, 0x7f);
        chars[at] = char.ToLowerInvariant(chars[at]) == char.ToLowerInvariant(other) ? '#' : other;
        return new string(chars);
    }
}
