using Marketplace.Storage;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marketplace.Invoicing.Tests;

/// <summary>A job that meets a database which is late is no defect: nobody has to look at it.</summary>
public sealed class LateDatabaseTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    [Fact]
    public async Task A_job_whose_database_was_late_is_claimed_again_when_its_lease_is_over()
    {
        var (queue, database) = (app.Services.GetRequiredService<JobQueue>(), app.Services.GetRequiredService<Database>());
        var seller = await Seller.Open(app);
        await using (var transaction = await database.Begin(default))
        {
            await queue.Enqueue(transaction, seller.Integration, TestCaller.NewId("org"), LateOnce.JobKind, TestCaller.NewId("cst"), default);
            await transaction.Commit(default);
        }

        var worker = new JobWorker(queue, [new LateOnce(queue, database)], database, app.Clock, app.Services.GetRequiredService<ILogger<JobWorker>>());
        var claimed = (await queue.Claim(default))!;
        await Assert.ThrowsAsync<TimeoutException>(() => worker.Carry(claimed, default));
        Assert.Equal("running", Assert.Single(await seller.Jobs()).GetProperty("status").GetString());
        Assert.False(await worker.RunOne(default));

        await app.Database.Execute("update stripe_jobs set lease_until = now() - interval '1 second' where id = $1", claimed.Id);
        Assert.True(await worker.RunOne(default));
        Assert.Empty(await seller.Jobs());
    }

    // The driver's own exception where a connection was not there in time.
    private sealed class LateOnce(JobQueue queue, Database database) : IStripeJobKind
    {
        public const string JobKind = "late_once";

        private bool wasLate;

        public string Kind => JobKind;

        public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
        {
            if (!wasLate)
            {
                wasLate = true;
                throw new TimeoutException("The operation has timed out.");
            }

            await using var transaction = await database.Begin(cancellation);
            await queue.Finish(transaction, job, cancellation);
            await transaction.Commit(cancellation);
        }
    }
}
