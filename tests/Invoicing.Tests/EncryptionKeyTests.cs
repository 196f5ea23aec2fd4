using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Marketplace.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

/// <summary>The encryption key is rotated while everything stored stays readable, and the old one is removed afterwards.</summary>
public sealed class EncryptionKeyTests : IAsyncLifetime
{
    private readonly InvoicingApp app = new();

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task After_a_rotation_everything_stored_is_under_the_new_key_and_the_old_one_can_be_removed()
    {
        var seller = await Seller.Open(app);
        var next = NewKey();

        // Removed too early, the old key takes the secrets and the sign-ins with it.
        using (var early = Host(next))
        {
            var cipher = early.Services.GetRequiredService<FieldCipher>();
            var kept = (await app.Database.Scalar<string>("select secret_key from billing_integrations where id = $1", seller.Integration))!;
            Assert.ThrowsAny<CryptographicException>(() => cipher.Decrypt(kept, seller.Organization, seller.Integration, "secret-key"));
            Assert.Equal(HttpStatusCode.Unauthorized, await Status(early, seller));
        }

        // Announcements that hold a signing secret have left long ago.
        await app.Database.Execute("delete from outbox");
        await using (var rotating = Host(next, TestSecrets.EncryptionKey))
        {
            var report = await Eventually.Until(() => Report(rotating), r => r.GetProperty("oldKeysRemovable").GetBoolean(), "everything is under the new key");
            Assert.Equal(1, report.GetProperty("oldKeys").GetArrayLength());
            Assert.Equal(2, report.GetProperty("places").EnumerateArray().Count(p => p.GetProperty("place").GetString()!.StartsWith("billing_integrations.", StringComparison.Ordinal) && p.GetProperty("current").GetInt64() == 1));
        }

        await using var rotated = Host(next);
        Assert.Equal(HttpStatusCode.OK, await Status(rotated, seller));
        var stored = await app.Database.Scalar<string>("select secret_key || ' ' || signing_secrets[1] from billing_integrations where id = $1", seller.Integration);
        var both = stored!.Split(' ');
        var after = rotated.Services.GetRequiredService<FieldCipher>();
        Assert.Equal(seller.Key, after.Decrypt(both[0], seller.Organization, seller.Integration, "secret-key"));
        Assert.Equal("whsec_0123456789abcdef", after.Decrypt(both[1], seller.Organization, seller.Integration, "webhook-secret"));
        Assert.Equal(JsonValueKind.Array, (await Report(rotated)).GetProperty("oldKeys").ValueKind);
    }

    [Fact]
    public async Task An_interrupted_rotation_goes_on_where_it_stopped_and_tells_how_far_it_is()
    {
        var seller = await Seller.Open(app);
        var old = app.Services.GetRequiredService<FieldCipher>();
        const int Rows = Reencryption.BatchSize + 20;
        for (var n = 0; n < Rows; n++)
        {
            await app.Database.Execute(
                """
                insert into billing_integrations (id, organization_id, name, title, account_id, livemode, billing_model, publishable_key, secret_key, secret_key_hint, created_at)
                select $2, organization_id, $2, title, account_id, livemode, billing_model, publishable_key, $3, secret_key_hint, created_at from billing_integrations where id = $1
                """, seller.Integration, $"bil_x{n:d3}", old.Encrypt($"sk_test_{n:d8}", seller.Organization, $"bil_x{n:d3}", "secret-key"));
        }

        // One that cannot be read holds nobody up, and keeps the old key from being called removable.
        await app.Database.Execute("update billing_integrations set secret_key = overlay(secret_key placing 'AAAAAAAA' from 20 for 8) where id = 'bil_x001'");
        var next = NewKey();
        await using (var first = Still(next, TestSecrets.EncryptionKey))
        {
            Assert.Equal(Reencryption.BatchSize, await first.Services.GetRequiredService<Reencryption>().Run(default));
            var halfway = Place(await Report(first), "billing_integrations.secret_key");
            Assert.Equal((Reencryption.BatchSize - 1, Rows + 1 - (Reencryption.BatchSize - 1)), halfway);
        }

        await using var second = Still(next, TestSecrets.EncryptionKey);
        while (await second.Services.GetRequiredService<Reencryption>().Run(default) > 0)
        {
        }

        var report = await Report(second);
        Assert.Equal((Rows, 1), Place(report, "billing_integrations.secret_key"));
        Assert.False(report.GetProperty("oldKeysRemovable").GetBoolean());
        await app.Database.Execute("delete from billing_integrations where id = 'bil_x001'; delete from outbox");
        Assert.True((await Report(second)).GetProperty("oldKeysRemovable").GetBoolean());
        var read = await app.Database.Scalar<string>("select secret_key from billing_integrations where id = 'bil_x069'");
        Assert.Equal("sk_test_00000069", second.Services.GetRequiredService<FieldCipher>().Decrypt(read!, seller.Organization, "bil_x069", "secret-key"));
    }

    [Fact]
    public async Task Secrets_in_messages_that_are_not_sent_keep_the_old_key_and_only_operators_see_the_report()
    {
        var seller = await Seller.Open(app);
        var next = NewKey();
        await using var host = Still(next, TestSecrets.EncryptionKey);
        await app.Database.Execute(
            "insert into outbox (id, message_type, body) values (gen_random_uuid(), 'x', jsonb_build_object('signingSecrets', (select to_jsonb(signing_secrets) from billing_integrations where id = $1)))", seller.Integration);
        while (await host.Services.GetRequiredService<Reencryption>().Run(default) > 0)
        {
        }

        var report = await Report(host);
        Assert.True(Place(report, "messages").Waiting > 0);
        Assert.False(report.GetProperty("oldKeysRemovable").GetBoolean());
        await app.Database.Execute("delete from outbox");
        Assert.True((await Report(host)).GetProperty("oldKeysRemovable").GetBoolean());
        await seller.Owner.GetAsync("/v1/operations/invoicing/encryption").Expect(HttpStatusCode.Forbidden);
        await app.Anonymous().GetAsync("/v1/operations/invoicing/encryption").Expect(HttpStatusCode.Unauthorized);
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static (int Current, int Waiting) Place(JsonElement report, string place) =>
        report.GetProperty("places").EnumerateArray().Where(p => p.GetProperty("place").GetString() == place).Select(p => (p.GetProperty("current").GetInt32(), p.GetProperty("waiting").GetInt32())).Single();

    private static async Task<JsonElement> Report(WebApplicationFactory<Invoice> host)
    {
        using var operators = Client(host, TestCaller.Operator());
        return await operators.Get("/v1/operations/invoicing/encryption");
    }

    // With a token that the first host minted: what protects tokens is under the encryption key too.
    private async Task<HttpStatusCode> Status(WebApplicationFactory<Invoice> host, Seller seller)
    {
        using var client = host.CreateClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token(app, TestCaller.Provider(seller.Organization, Roles.Owner)));
        using var answer = await client.GetAsync($"/v1/billing-integrations/{seller.Integration}");
        return answer.StatusCode;
    }

    private static HttpClient Client(WebApplicationFactory<Invoice> host, TestCaller caller)
    {
        var client = host.CreateClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token(host, caller));
        return client;
    }

    private static string Token(WebApplicationFactory<Invoice> host, TestCaller caller) => host.Services.GetRequiredService<InternalTokens>().ForUser(caller.UserId, caller.IsOperator, caller.Memberships);

    private WebApplicationFactory<Invoice> Host(string key, params string[] old) => Derived(app, key, old);

    // Without the timer, so that a test does the batches itself.
    private WebApplicationFactory<Invoice> Still(string key, params string[] old) => Derived(app, key, old, builder => builder.ConfigureTestServices(InvoicingApp.StopTimers));

    private static WebApplicationFactory<Invoice> Derived(InvoicingApp app, string key, string[] old, Action<IWebHostBuilder>? further = null) => app.WithWebHostBuilder(builder =>
    {
        builder.UseSetting("Encryption:Key", key);
        for (var n = 0; n < old.Length; n++)
        {
            builder.UseSetting($"Encryption:OldKeys:{n}", old[n]);
        }

        further?.Invoke(builder);
    });
}
