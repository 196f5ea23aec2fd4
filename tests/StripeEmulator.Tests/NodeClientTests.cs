namespace Marketplace.StripeEmulator.Tests;

/// <summary>Stripe's own Node client in the majors that pin the three API versions: what Clients/client.mjs does with it.</summary>
public sealed class NodeClientTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    [Theory]
    [InlineData("2022-11-15")]
    [InlineData("2024-06-20")]
    [InlineData(Shapes.Newest)]
    public async Task The_Node_client_of_each_version_works_as_with_Stripe(string version)
    {
        var caller = app.NewAccount();
        var restricted = await caller.Turn(HttpMethod.Post, "keys", new { account = caller.Account, livemode = false, permissions = new { customer = "write" } });
        var ended = await StripeClients.Run("node", [StripeClients.File("client.mjs")], new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["API_VERSION"] = version,
            ["EMULATOR"] = app.Http.BaseAddress!.ToString(),
            ["KEY"] = caller.Key,
            ["RESTRICTED_KEY"] = restricted!["key"]!.GetValue<string>(),
            ["CLIENTS"] = StripeClients.Folder,
        });
        TestContext.Current.TestOutputHelper!.WriteLine(ended.Output);
        var scenarios = ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).ToList();
        Assert.Equal(0, ended.Code);
        Assert.True(scenarios.Count >= 10, ended.Output);
        Assert.All(scenarios, scenario => Assert.True(scenario is [_, ""], string.Join(": ", scenario)));
    }
}
