using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

/// <summary>Every fault at every step of every kind of job that comes after a first invoice. Each step has a provider of its own, so that one drain carries all of
/// them out beside each other, and several faults come one after the other.</summary>
public sealed class LostAnswerKindsTests(ImpatientInvoicingApp app) : IClassFixture<ImpatientInvoicingApp>
{
    // Faults in which nothing is done, and at last one whose call is carried out: what was made is found then. A job has six attempts.
    private static readonly IReadOnlyList<LostFault[]> Writing =
    [
        [new("status", 503), new("reset"), new("lost")],
        [new("status", 409), new("timeout"), new("status", Executes: true)],
        [new("status", 429, Code: "lock_timeout"), new("status"), new("reset", Executes: true)],
        [new("status", 429), new("timeout", Executes: true)],
        [new("status", Executes: true, Stored: false)],
    ];

    // What reads does nothing in any case.
    private static readonly IReadOnlyList<LostFault[]> Reading =
    [
        [new("status", 503), new("reset"), new("status", 409), new("status", 429, Code: "lock_timeout")],
        [new("timeout"), new("status"), new("status", 429)],
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_becomes_of_the_answers_every_kind_of_job_is_done_once_here_and_at_Stripe(int chain)
    {
        var steps = LostCase.All.SelectMany(@case => @case.Steps.Select(step => (Case: @case, Step: step))).Where(s => chain < Faults(s.Step).Count).ToList();
        var subjects = new List<LostSubject>();
        // A few at once: no call that is to succeed may wait longer than the app's patience, on a busy machine either.
        foreach (var some in steps.Chunk(4))
        {
            subjects.AddRange(await Task.WhenAll(some.Select(s => s.Case.Prepare(app))));
        }

        await app.Turn();
        await app.Advance(TimeSpan.FromDays(3));
        foreach (var later in subjects.Select(subject => subject.Later).OfType<Func<Task>>())
        {
            await later();
        }

        foreach (var afterPeriod in (bool[])[false, true])
        {
            var now = steps.Zip(subjects, (s, subject) => (s.Case, s.Step, Subject: subject)).Where(s => s.Case.AfterPeriod == afterPeriod).ToList();
            foreach (var (_, step, subject) in now)
            {
                await subject.Ask();
                await Break(step, subject.Account, Faults(step)[chain]);
            }

            await Drain();
            var mayBeLeft = now.Where(s => s.Step.StripeGoesOn).Select(s => s.Subject.Account).ToHashSet(StringComparer.Ordinal);
            Assert.Empty((await app.Stripe.Faults()).Where(fault => !mayBeLeft.Contains(fault.GetProperty("account").GetString()!)).Select(fault => fault.GetRawText()));
            await app.Stripe.ClearFaults();
            Assert.Equal(
                now.Select(s => $"{s.Case.Kind} at {s.Step.Method} {s.Step.Path}: {s.Case.Expected}"),
                await Task.WhenAll(now.Select(async s => $"{s.Case.Kind} at {s.Step.Method} {s.Step.Path}: {await s.Subject.Found()}")));
            // The first periods are over by then, and Stripe has drafted their renewals.
            await app.Advance(TimeSpan.FromDays(29));
        }
    }

    [Fact]
    public void Every_kind_of_job_has_its_lost_answers() => Assert.Equal(
        app.Services.GetServices<IStripeJobKind>().Select(kind => kind.Kind).Order(),
        LostAnswerTests.Kinds.Concat(LostCase.All.Where(@case => @case.Steps.Length > 0).Select(@case => @case.Kind)).Distinct().Order());

    private static IReadOnlyList<LostFault[]> Faults(LostStep step) => step.Method == "GET" ? Reading : Writing;

    private async Task Break(LostStep step, string account, LostFault[] faults)
    {
        if (step.LostBefore is { } path)
        {
            await app.Stripe.Fail(new LostFault("lost") { Account = account, Method = "POST", Path = path });
        }

        foreach (var fault in faults)
        {
            await app.Stripe.Fail(fault with { Account = account, Method = step.Method, Path = step.Path });
        }
    }

    // The last retry comes after 50 minutes by the test's clock.
    private async Task Drain()
    {
        for (var times = 0; times < 8; times++)
        {
            await app.Turn();
            if (await app.Database.Scalar<long>("select count(*) from stripe_jobs") == 0)
            {
                return;
            }

            await app.Advance(TimeSpan.FromMinutes(51));
        }

        Assert.Fail(string.Join('\n', await app.Database.Column<string>("select kind || ' ' || status || ' ' || coalesce(error_code, '') || ' ' || coalesce(error, '') from stripe_jobs")));
    }

    // As the emulator takes it.
    private sealed record LostFault(string Kind, int Status = 500, bool Executes = false, bool Stored = true, string? Code = null)
    {
        public string? Account { get; init; }

        public string? Method { get; init; }

        public string? Path { get; init; }

        public double Seconds { get; init; } = 60;
    }
}

/// <summary>Invoicing without timers that waits eight seconds for an answer.</summary>
public sealed class ImpatientInvoicingApp : InvoicingApp
{
    protected override bool TimersRun => false;

    protected override IEnumerable<KeyValuePair<string, string>> Settings => [.. base.Settings, new("Stripe:CallSeconds", "8")];
}
