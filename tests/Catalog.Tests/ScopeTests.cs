using System.Net;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class ScopeTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task A_narrowed_token_reads_with_the_scope_of_this_service_and_with_no_other()
    {
        await Client("catalog:read").GetAsync("/v1/catalogs").Expect();
        await Client("catalog:write").GetAsync("/v1/catalogs").Expect();
        await Client([.. Scopes.All.Where(scope => !scope.StartsWith("catalog:", StringComparison.Ordinal))]).GetAsync("/v1/catalogs").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
        await Client("catalog:read").Post("/v1/catalogs", new { }).ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
        await Client().GetAsync("/v1/catalogs").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
    }

    private HttpClient Client(params string[] scopes) => app.ClientFor(TestCaller.Operator() with
    {
        Memberships = TestCaller.Stranger().Memberships, Scopes = scopes,
    });
}
