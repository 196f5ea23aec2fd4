using System.Net;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class ScopeTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_narrowed_token_reads_with_the_scope_of_this_service_and_with_no_other()
    {
        await Client("subscriptions:read").GetAsync("/v1/subscriptions").Expect();
        await Client("subscriptions:write").GetAsync("/v1/subscriptions").Expect();
        await Client([.. Scopes.All.Where(scope => !scope.StartsWith("subscriptions:", StringComparison.Ordinal))]).GetAsync("/v1/subscriptions").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
        await Client("subscriptions:read").Post("/v1/subscriptions", new { }).ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
        await Client().GetAsync("/v1/subscriptions").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
    }

    private HttpClient Client(params string[] scopes) => app.ClientFor(TestCaller.Operator() with
    {
        Memberships = TestCaller.Stranger().Memberships, Scopes = scopes,
    });
}
