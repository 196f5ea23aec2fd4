using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

/// <summary>What operators and owners see of queues.</summary>
public sealed class JobListTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    private const string Operations = "/v1/operations/invoicing/queues";

    [Fact]
    public async Task Operators_see_every_queue_with_its_jobs_its_error_and_its_pace()
    {
        var failing = await Seller.Open(app);
        var organization = TestCaller.NewId("org");
        var first = await failing.Charge(failing.Approved(Plans.Of(basePrice: 2500), organization));
        await failing.Charge(failing.Approved(Plans.Of(basePrice: 100), organization));
        await app.Stripe.Fail(new { account = failing.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 400 });
        await Drain();
        var retrying = await Seller.Open(app);
        await retrying.Charge(retrying.Approved(Plans.Of(basePrice: 2500)));
        await app.Stripe.Fail(new { account = retrying.Account, method = "POST", path = "/v1/customers", kind = "status", status = 503 });
        await Drain();
        await app.Advance(TimeSpan.FromSeconds(5));
        var idle = await Seller.Open(app);

        var queues = await Page();
        Assert.Equal(["idle", "running", "failed"], new[] { idle, retrying, failing }.Select(s => Of(queues, s).GetProperty("status").GetString()));
        var stuck = Of(queues, failing);
        Assert.Equal(
            (1L, 0L, 0L, 0L, 1L, true),
            (Number(stuck, "waiting"), Number(stuck, "running"), Number(stuck, "retrying"), Number(stuck, "blocked"), Number(stuck, "failed"), stuck.GetProperty("retryOffered").GetBoolean()));
        Assert.Equal(5, Number(stuck, "oldestJobSeconds"));
        var head = stuck.GetProperty("head");
        Assert.Equal(
            ("issue_invoice", organization, "failed", 1, JsonValueKind.Null),
            (head.GetProperty("kind").GetString(), head.GetProperty("organizationId").GetString(), head.GetProperty("status").GetString(), head.GetProperty("attempts").GetInt32(),
                head.GetProperty("nextAttemptAt").ValueKind));
        Assert.Equal(first, (await failing.Owner.Get($"/v1/billing-integrations/{failing.Integration}/jobs/{head.GetProperty("jobId").GetString()}")).GetProperty("subjectId").GetString());
        Assert.Equal((1L, false), (Number(Of(queues, retrying), "retrying"), Of(queues, retrying).GetProperty("retryOffered").GetBoolean()));
        Assert.Equal("retrying", Of(queues, retrying).GetProperty("head").GetProperty("status").GetString());
        Assert.Equal((2000, true), (stuck.GetProperty("rate").GetProperty("limit").GetInt32(), stuck.GetProperty("rate").GetProperty("used").GetDouble() > 0));

        // Its owners see the same, and nobody else's.
        var own = await failing.Owner.Get($"/v1/billing-integrations/{failing.Integration}/job-queue");
        Assert.Equal(head.GetRawText(), own.GetProperty("head").GetRawText());
        await retrying.Owner.GetAsync($"/v1/billing-integrations/{failing.Integration}/job-queue").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await failing.Owner.GetAsync(Operations).ExpectProblem(HttpStatusCode.Forbidden, "forbidden");

        Assert.Equal(failing.Integration, (await Page("&status=failed")).Single(q => q.GetProperty("organizationId").GetString() == failing.Organization).GetProperty("billingIntegrationId").GetString());
        Assert.DoesNotContain(await Page("&status=failed"), q => q.GetProperty("status").GetString() != "failed");
        await app.ClientFor(TestCaller.Operator()).GetAsync(Operations + "?status=stuck").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "status");
    }

    [Fact]
    public async Task The_operators_table_comes_in_pages()
    {
        var sellers = new[] { await Seller.Open(app), await Seller.Open(app), await Seller.Open(app) };
        var client = app.ClientFor(TestCaller.Operator());
        var (seen, cursor) = (new List<string>(), "");
        do
        {
            var page = await client.Get($"{Operations}?limit=2{cursor}");
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(q => q.GetProperty("billingIntegrationId").GetString()!));
            cursor = page.GetProperty("nextCursor").GetString() is { } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0);
        Assert.Equal(seen.Distinct(), seen);
        Assert.Empty(sellers.Select(s => s.Integration).Except(seen));
    }

    [Fact]
    public async Task Jobs_are_found_by_status_kind_and_organization_and_finished_ones_apart()
    {
        var seller = await Seller.Open(app);
        var (one, two) = (TestCaller.NewId("org"), TestCaller.NewId("org"));
        var paid = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500), one));
        await Drain();
        await seller.Charge(seller.Approved(Plans.Of(basePrice: 300), one));
        var other = await seller.Charge(seller.Approved(Plans.Of(basePrice: 300), two));
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/customers", kind = "status", status = 503 });
        Assert.True(await app.Services.GetRequiredService<JobWorker>().RunOne(default));
        await Drain();

        var jobs = $"/v1/billing-integrations/{seller.Integration}/jobs";
        Assert.Equal(["create_customer"], await Kinds(jobs + "?status=retrying"));
        Assert.Equal(["issue_invoice"], await Kinds(jobs + "?status=waiting"));
        Assert.Equal(["issue_invoice"], await Kinds(jobs + "?kind=issue_invoice"));
        Assert.Equal(2, (await Kinds($"{jobs}?organizationId={two}")).Count);
        Assert.Empty(await Kinds($"{jobs}?organizationId={one}"));
        await seller.Owner.GetAsync(jobs + "?status=stuck").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "status");
        Assert.Contains("issue_invoice", await Refused(jobs), StringComparison.Ordinal);

        var id = (await seller.Owner.Get(jobs)).GetProperty("data")[0].GetProperty("id").GetString();
        await seller.Owner.Delete($"{jobs}/{id}").Expect(HttpStatusCode.NoContent);
        await Drain();
        var finished = $"/v1/billing-integrations/{seller.Integration}/finished-jobs";
        Assert.Contains("issue_invoice", await Refused(finished), StringComparison.Ordinal);
        Assert.Equal(["issue_invoice", "create_customer", "issue_invoice", "issue_invoice", "create_customer"], await Kinds(finished));
        Assert.Equal(["create_customer"], await Kinds(finished + "?outcome=removed"));
        var removed = (await seller.Owner.Get(finished + "?outcome=removed")).GetProperty("data")[0];
        Assert.Equal(("stripe_error", two), (removed.GetProperty("error").GetProperty("code").GetString(), removed.GetProperty("organizationId").GetString()));
        Assert.Equal([other], (await seller.Owner.Get($"{finished}?organizationId={two}&kind=issue_invoice")).GetProperty("data").EnumerateArray().Select(j => j.GetProperty("subjectId").GetString()));
        Assert.Contains(paid, (await seller.Owner.Get($"{finished}?organizationId={one}")).GetRawText(), StringComparison.Ordinal);

        // What finished is forgotten in the end; what was removed may have made something at Stripe and is not.
        await app.Advance(TimeSpan.FromDays(91));
        while (await JobHistory.Forget(app.Services, app.Clock.GetUtcNow(), default) > 0)
        {
        }

        Assert.Equal(["create_customer"], await Kinds(finished));

        async Task<string> Refused(string path) =>
            (await seller.Owner.GetAsync(path + "?kind=issue_invoices").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "kind")).Errors!["kind"][0];

        async Task<List<string?>> Kinds(string path) => [.. (await seller.Owner.Get(path)).GetProperty("data").EnumerateArray().Select(j => j.GetProperty("kind").GetString())];
    }

    [Fact]
    public void Every_kind_of_job_that_is_carried_out_can_be_asked_for() => Assert.Equal(
        app.Services.GetServices<IStripeJobKind>().Select(kind => kind.Kind).Order(StringComparer.Ordinal),
        new JobKindAttribute().Values.OfType<string>().Order(StringComparer.Ordinal));

    [Fact]
    public void Every_kind_of_difference_can_be_asked_for() => Assert.Equal(
        typeof(DriftKind).GetFields().Select(kind => (string?)kind.GetRawConstantValue()).Order(StringComparer.Ordinal),
        new DriftKindAttribute().Values.OfType<string>().Order(StringComparer.Ordinal));

    [Fact]
    public async Task The_API_document_names_the_words_that_a_filter_takes()
    {
        var document = await app.ClientFor(TestCaller.Operator()).GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        Assert.Equal(new JobKindAttribute().Values.OfType<string>(), Words("/v1/billing-integrations/{id}/jobs", "kind"));
        Assert.Equal(new DriftKindAttribute().Values.OfType<string>(), Words("/v1/reconciliation/{id}/drifts", "kind"));
        Assert.Equal(["idle", "running", "blocked", "failed", "paused"], Words(Operations, "status"));

        IEnumerable<string?> Words(string path, string name) => document.GetProperty("paths").GetProperty(path).GetProperty("get").GetProperty("parameters").EnumerateArray()
            .Single(parameter => parameter.GetProperty("name").GetString() == name).GetProperty("schema").GetProperty("enum").EnumerateArray().Select(word => word.GetString());
    }

    [Fact]
    public async Task A_retry_by_hand_is_confirmed()
    {
        var seller = await Seller.Open(app);
        await seller.Owner.Post($"/v1/billing-integrations/{seller.Integration}/jobs/retry").ExpectProblem(HttpStatusCode.BadRequest, "confirmation_required", "confirm");
        await seller.Owner.Post($"/v1/billing-integrations/{seller.Integration}/jobs/retry?confirm=retry").ExpectProblem(HttpStatusCode.Conflict, "queue_not_stuck");
    }

    private async Task<List<JsonElement>> Page(string filter = "") =>
        [.. (await app.ClientFor(TestCaller.Operator()).Get($"{Operations}?limit=100{filter}")).GetProperty("data").EnumerateArray()];

    private static JsonElement Of(List<JsonElement> queues, Seller seller) => queues.Single(q => q.GetProperty("billingIntegrationId").GetString() == seller.Integration);

    private static long Number(JsonElement queue, string name) => queue.GetProperty(name).GetInt64();

    private async Task Drain()
    {
        while (await app.Services.GetRequiredService<JobWorker>().RunOne(default))
        {
            // Until nothing is due.
        }
    }
}
