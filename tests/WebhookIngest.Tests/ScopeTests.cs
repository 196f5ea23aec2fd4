using System.Net;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.WebhookIngest.Tests;

public sealed class ScopeTests(IngestApp app) : IClassFixture<IngestApp>
{
    [Fact]
    public async Task A_narrowed_token_reads_with_the_scope_of_this_service_and_with_no_other()
    {
        await Client("webhooks:read").GetAsync("/v1/webhook-events").Expect();
        await Client("webhooks:write").GetAsync("/v1/webhook-events").Expect();
        await Client([.. Scopes.All.Where(scope => !scope.StartsWith("webhooks:", StringComparison.Ordinal))]).GetAsync("/v1/webhook-events").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
        await Client("webhooks:read").Post("/v1/webhook-events", new { }).ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
        await Client().GetAsync("/v1/webhook-events").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
    }

    private HttpClient Client(params string[] scopes) => app.ClientFor(TestCaller.Operator() with
    {
        Memberships = TestCaller.Stranger().Memberships, Scopes = scopes,
    });
}
