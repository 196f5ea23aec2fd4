using System.Diagnostics;
using Marketplace.Gateway.Metering;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

/// <summary>The journal by itself: what it says is on disk is there after any end, and no more than that.</summary>
public sealed class JournalTests : IDisposable
{
    private static readonly DateTimeOffset Period = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly TestClock clock = new();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("marketplace-journal-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_restart_makes_the_same_reports_with_the_same_numbers()
    {
        string id;
        string before;
        using (var journal = Open())
        {
            id = journal.GatewayId;
            await journal.Append(Call("sub_1"));
            await journal.Append(Call("sub_1"));
            await journal.Cut(clock.GetUtcNow());
            await journal.Append(Call("sub_2"));
            await journal.Cut(clock.GetUtcNow());
            before = Show(journal);
        }

        using var again = Open();

        Assert.Equal(id, again.GatewayId);
        Assert.Equal(before, Show(again));
        Assert.Equal("1: sub_1×2; 2: sub_2×1", before);
    }

    [Fact]
    public async Task Calls_in_no_report_become_one_of_their_own_at_the_next_start()
    {
        using (var journal = Open())
        {
            await journal.Append(Call("sub_1"));
        }

        using var again = Open();
        await again.Append(Call("sub_1"));
        await again.Cut(clock.GetUtcNow());

        Assert.Equal("1: sub_1×1; 2: sub_1×1", Show(again));
        Assert.Equal(0, again.Uncut);
    }

    [Fact]
    public async Task A_torn_last_line_was_never_acknowledged()
    {
        using (var journal = Open())
        {
            await journal.Append(Call("sub_1"));
        }

        await File.AppendAllTextAsync(Segments().Single(), "c\t638000\tsub_torn");
        using (var again = Open())
        {
            await again.Append(Call("sub_2"));
            await again.Cut(clock.GetUtcNow());
        }

        using var third = Open();
        Assert.Equal("1: sub_1×1; 2: sub_2×1", Show(third));
    }

    [Fact]
    public async Task A_line_that_cannot_be_read_stops_the_start_and_says_what_to_do()
    {
        using (var journal = Open())
        {
            await journal.Append(Call("sub_1"));
        }

        await File.AppendAllTextAsync(Segments().Single(), "nonsense\n");

        Assert.Contains("Move the file aside and keep it", Assert.Throws<InvalidDataException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_journal_on_the_same_folder_is_refused()
    {
        using var first = Open();

        var refusal = Assert.Throws<InvalidOperationException>(Open);

        Assert.Contains("Give each replica its own Gateway__JournalFolder", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reports_leave_when_they_were_applied_and_their_segments_with_them()
    {
        using var journal = Open();
        var line = new string('x', 4000);
        for (var report = 0; report < 6; report++)
        {
            await Task.WhenAll(Enumerable.Range(0, 1100).Select(_ => journal.Append(Call(line))));
            await journal.Cut(clock.GetUtcNow());
        }

        // 6 × 4.4 MB: one segment is full after the fourth report.
        Assert.Equal(2, Segments().Length);
        journal.Applied(3);
        Assert.Equal(2, Segments().Length);
        Assert.Equal([4, 5, 6], journal.Unapplied.Select(r => r.Sequence));
        journal.Applied(4);
        Assert.Single(Segments());
        journal.Applied(6);
        Assert.Empty(journal.Unapplied);
        Assert.Single(Segments());
    }

    [Fact]
    public async Task Numbers_go_on_after_applied_segments_are_gone()
    {
        using (var journal = Open())
        {
            var line = new string('x', 8000);
            await Task.WhenAll(Enumerable.Range(0, 2200).Select(_ => journal.Append(Call(line))));
            await journal.Cut(clock.GetUtcNow());
            await journal.Append(Call("sub_1"));
            await journal.Cut(clock.GetUtcNow());
            journal.Applied(1);
        }

        using var again = Open();
        await again.Cut(clock.GetUtcNow());

        Assert.Equal("2: sub_1×1; 3: ", Show(again));
    }

    [Fact]
    public async Task Calls_of_one_minute_in_two_billing_periods_are_two_entries()
    {
        using var journal = Open();
        await journal.Append(Call("sub_1"));
        await journal.Append(Call("sub_1") with { PeriodStart = Period.AddMonths(1) });
        await journal.Cut(clock.GetUtcNow());

        Assert.Equal("1: sub_1×1, sub_1×1", Show(journal));
    }

    [Fact]
    public async Task Units_of_a_provider_s_own_are_entries_beside_the_call_also_after_a_restart()
    {
        using (var journal = Open())
        {
            await journal.Append(Call("sub_1") with { Units = [new("x-tokens", 250), new("x-images", 2)] });
            await journal.Append(Call("sub_1") with { Units = [new("x-tokens", 50)] });
        }

        using var again = Open();

        Assert.Equal([(null, 2L), ("x-tokens", 300), ("x-images", 2)], again.Unapplied.Single().Entries.Select(e => (e.Unit, e.Quantity)));
        var window = (Period, Period.AddYears(100));
        Assert.Equal(2, again.CountUnapplied("sub_1", null, [], window.Item1, window.Item2).Single().Quantity);
        Assert.Equal(300, again.CountUnapplied("sub_1", "x-tokens", [], window.Item1, window.Item2).Single().Quantity);
    }

    [Fact]
    public async Task A_journal_written_before_there_were_units_is_still_read()
    {
        using (var journal = Open())
        {
            await journal.Append(Call("sub_new"));
        }

        await File.AppendAllTextAsync(Segments().Single(), $"c\t{Period.UtcTicks}\tsub_old\tapi_1\tapp_1\t{Period.UtcTicks}\nr\t1\t{Period.UtcTicks}\n");
        using var again = Open();

        Assert.Equal("1: sub_new×1, sub_old×1", Show(again));
        Assert.All(again.Unapplied.Single().Entries, entry => Assert.Null(entry.Unit));
    }

    [Fact]
    public async Task Sixty_four_callers_share_a_flush()
    {
        using var journal = Open();
        var watch = Stopwatch.StartNew();

        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await journal.Append(Call("sub_1"));
            }
        })));
        await journal.Cut(clock.GetUtcNow());

        Assert.Equal("1: sub_1×3200", Show(journal));
        TestContext.Current.SendDiagnosticMessage($"3200 calls of 64 callers in {watch.ElapsedMilliseconds} ms.");
    }

    [Fact]
    public async Task A_call_that_does_not_fit_into_a_line_is_not_taken_for_written()
    {
        using var journal = Open();

        await Assert.ThrowsAsync<IOException>(() => journal.Append(Call(new string('s', 40_000))));
        Assert.Equal(0, journal.Uncut);
    }

    private Journal Open() => new(folder.FullName, clock);

    private string[] Segments() => Directory.GetFiles(folder.FullName, "segment-*.log");

    private MeteredCall Call(string subscription) => new(subscription, "api_1", null, clock.GetUtcNow(), Period);

    private static string Show(Journal journal) => string.Join("; ", journal.Unapplied.Select(report =>
        $"{report.Sequence}: {string.Join(", ", report.Entries.Select(e => $"{e.SubscriptionId}×{e.Quantity}"))}"));
}
