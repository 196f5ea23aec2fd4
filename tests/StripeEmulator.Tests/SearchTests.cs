namespace Marketplace.StripeEmulator.Tests;

public sealed class SearchTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Theory]
    [InlineData("""name:"Tom AND \"Jerry\" OR Spike" """, 1)]
    [InlineData("""name~"AND" AND email:"tom@example.com" """, 1)]
    [InlineData("""-metadata["team"]:"a" """, 1)]
    [InlineData("""metadata["team"]:"null" """, 1)]
    [InlineData("""metadata["absent"]:null""", 3)]
    [InlineData("""metadata['team']:'a' OR email:"tom@example.com" """, 3)]
    [InlineData("created>1 created<99999999999", 3)]
    public async Task A_query_finds_what_meets_it(string query, int found)
    {
        await caller.Customer("name=Tom%20AND%20%22Jerry%22%20OR%20Spike&email=tom@example.com&metadata[team]=null");
        await caller.Customer("metadata[team]=a");
        await caller.Customer("metadata[team]=A");
        var wanted = query.Contains("-metadata", StringComparison.Ordinal) ? 1 : found;
        var answer = (await Search(query, "&expand[]=total_count")).Ok();
        Assert.Equal((wanted, wanted, false), (answer["data"]!.AsArray().Count, answer.Number("total_count"), answer["has_more"]!.GetValue<bool>()));
    }

    [Theory]
    [InlineData("created>abc")]
    [InlineData("created<99999999999999999999")]
    [InlineData("name>5")]
    [InlineData("""metadata["order"]>"3" """)]
    [InlineData("""name~"ab" """)]
    [InlineData("""name:"a" AND email:"b" OR phone:"c" """)]
    [InlineData("""(name:"a")""")]
    [InlineData("""name:"a" AND """)]
    [InlineData("""name:"a""")]
    [InlineData("a:1 a:1 a:1 a:1 a:1 a:1 a:1 a:1 a:1 a:1 a:1")]
    [InlineData("""description:"a" """)]
    public async Task A_query_that_means_nothing_is_refused(string query)
    {
        var answer = await Search(query);
        Assert.Equal((400, "invalid_request_error", "query"), (answer.Status, answer.Text("error.type"), answer.Text("error.param")));
    }

    [Fact]
    public async Task Charges_are_found_by_their_card()
    {
        (await caller.Post("/v1/payment_intents", "amount=2500&currency=usd&payment_method=pm_card_visa&confirm=true&automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never")).Ok();
        var found = (await caller.Get("/v1/charges/search?query=" + Uri.EscapeDataString("payment_method_details.card.last4:\"4242\" AND payment_method_details.card.exp_year>2000 AND refunded:\"false\""))).Ok();
        Assert.Single(found["data"]!.AsArray());
    }

    [Fact]
    public async Task A_page_that_no_search_gave_is_refused() =>
        Assert.Equal("page", (await Search("created>1", "&page=abc")).Text("error.param"));

    private Task<Answer> Search(string query, string more = "") => caller.Get("/v1/customers/search?query=" + Uri.EscapeDataString(query.Trim(' ')) + more);
}
