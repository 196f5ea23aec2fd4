using Marketplace.Storage.Tests.Sample;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Storage.Tests;

public sealed class InboxTests : IAsyncLifetime
{
    private TestDatabase database = null!;
    private NotesHost host = null!;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.Create("inbox");
        host = await NotesHost.Start(database, relays: false);
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task A_message_is_claimed_once_per_consumer()
    {
        Assert.True(await Claim("mail", "m1", commit: true));
        Assert.False(await Claim("mail", "m1", commit: true));
        Assert.True(await Claim("counter", "m1", commit: true));
    }

    [Fact]
    public async Task A_claim_is_undone_with_the_effect_that_failed()
    {
        Assert.True(await Claim("mail", "m2", commit: false));
        Assert.True(await Claim("mail", "m2", commit: true));
    }

    [Fact]
    public async Task The_second_of_two_deliveries_at_once_waits_and_then_finds_the_effect_made()
    {
        await using var first = await host.Services.GetRequiredService<Database>().Begin(CancellationToken.None);
        Assert.True(await first.Claim("mail", "m3", CancellationToken.None));

        var second = Claim("mail", "m3", commit: true);
        await database.UntilBlockedOnLocks(1);
        await first.Commit(CancellationToken.None);

        Assert.False(await second);
    }

    private async Task<bool> Claim(string consumer, string key, bool commit)
    {
        await using var transaction = await host.Services.GetRequiredService<Database>().Begin(CancellationToken.None);
        var claimed = await transaction.Claim(consumer, key, CancellationToken.None);
        if (commit)
        {
            await transaction.Commit(CancellationToken.None);
        }

        return claimed;
    }
}
