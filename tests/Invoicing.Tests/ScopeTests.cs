using System.Net;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

public sealed class ScopeTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task A_narrowed_token_reads_with_the_scope_of_this_service_and_with_no_other()
    {
        await Client("billing:read").GetAsync("/v1/billing-integrations").Expect();
        await Client("billing:write").GetAsync("/v1/billing-integrations").Expect();
        await Client([.. Scopes.All.Where(scope => !scope.StartsWith("billing:", StringComparison.Ordinal))]).GetAsync("/v1/billing-integrations").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
        await Client("billing:read").Post("/v1/billing-integrations", new { }).ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
        await Client().GetAsync("/v1/billing-integrations").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
    }

    private HttpClient Client(params string[] scopes) => app.ClientFor(TestCaller.Operator() with
    {
        Memberships = TestCaller.Stranger().Memberships, Scopes = scopes,
    });
}
