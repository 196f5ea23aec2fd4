using System.Net;
using System.Security.Cryptography;
using System.Text;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Marketplace.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.WebhookIngest.Tests;

/// <summary>The encryption key is rotated: what Stripe signed with the stored secrets is still accepted when the old key is gone.</summary>
public sealed class EncryptionKeyTests(IngestApp app) : IClassFixture<IngestApp>
{
    [Fact]
    public async Task Deliveries_are_verified_after_the_old_key_is_removed()
    {
        var integration = await app.Integration(secrets: ["whsec_new", "whsec_old"]);
        var next = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        await using (var rotating = Host(next, TestSecrets.EncryptionKey))
        {
            using var _ = rotating.CreateClient();
            var reencryption = rotating.Services.GetRequiredService<Reencryption>();
            await Eventually.Until(() => reencryption.Report(default), report => report.OldKeysRemovable, "everything is under the new key");
        }

        await using var rotated = Host(next);
        using var stripe = rotated.CreateClient();
        foreach (var secret in integration.Secrets)
        {
            var body = IngestApp.Event(IngestApp.NewEventId());
            using var answer = await app.Deliver(integration.Id, Encoding.UTF8.GetBytes(body), app.Sign(body, secret), stripe);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        // The key ring as well: a token from before still reads.
        using var reader = rotated.CreateClient();
        var caller = TestCaller.Operator();
        reader.DefaultRequestHeaders.Authorization = new("Bearer", app.Services.GetRequiredService<InternalTokens>().ForUser(caller.UserId, caller.IsOperator, caller.Memberships));
        await reader.GetAsync("/v1/operations/webhooks/encryption").Expect();
    }

    private WebApplicationFactory<Program> Host(string key, params string[] old) => app.WithWebHostBuilder(builder =>
    {
        builder.UseSetting("Encryption:Key", key);
        for (var n = 0; n < old.Length; n++)
        {
            builder.UseSetting($"Encryption:OldKeys:{n}", old[n]);
        }
    });
}
