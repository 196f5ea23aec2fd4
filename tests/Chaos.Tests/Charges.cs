using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Marketplace.Chaos.Tests;

/// <summary>A subscription with those whose place it took, the first one first, and what it was charged: each second since it began once, at the plan that it had then;
/// set-up fees once; the units that its closures carried. Reckoned from plans and times only.</summary>
public sealed partial class Charges
{
    // The base price of a period that began so lately need not be on an invoice yet.
    private static readonly TimeSpan Written = TimeSpan.FromHours(3);
    private static readonly string[] OfTime = ["base", "proration"];
    private readonly Offer offer;
    private readonly IReadOnlyList<JsonNode> lineage;
    private readonly IReadOnlyList<JsonNode> invoices;
    private readonly IReadOnlyList<Line> lines;
    private readonly DateTimeOffset anchor;
    private readonly bool isToTheSecond;

    private Charges(Offer offer, IReadOnlyList<JsonNode> lineage, IReadOnlyList<JsonNode> invoices, bool isToTheSecond)
    {
        (this.offer, this.lineage, this.invoices, this.isToTheSecond) = (offer, lineage, invoices, isToTheSecond);
        lines = [.. invoices.SelectMany(invoice => invoice["lines"]!.AsArray().Select(line => Read(invoice, line!)))];
        anchor = Instant(invoices.Single(invoice => (string?)invoice["kind"] == "initial")["covers"]!["start"]);
    }

    /// <summary>All that was charged.</summary>
    public long Total => lines.Sum(line => line.Amount);

    /// <summary>Reads a lineage's charges; null where nothing was charged yet, or its periods do not count from its first invoice, which was paid after its time.</summary>
    /// <param name="invoices">Of all of them, with their lines, without void ones.</param>
    /// <param name="isToTheSecond">Whether periods begin at the time of day at which the first one began, as where Stripe renews, and not at 00:00.</param>
    public static Charges? Of(Offer offer, IReadOnlyList<JsonNode> lineage, IReadOnlyList<JsonNode> invoices, bool isToTheSecond) =>
        invoices.SingleOrDefault(invoice => (string?)invoice["kind"] == "initial") is { } first && !(first["paidAt"] is { } paid && Instant(paid) >= Instant(first["covers"]!["end"]))
            ? new(offer, lineage, invoices, isToTheSecond)
            : null;

    /// <summary>What contradicts plans, times and units.</summary>
    /// <param name="carried">What the closures of each subscription carried.</param>
    public IEnumerable<string> Wrong(IReadOnlyDictionary<string, long> carried, DateTimeOffset now) =>
        Amounts().Concat(SetUpFees()).Concat(Usage(carried)).Concat(Times()).Concat(PaidUntil(now));

    private IEnumerable<string> Amounts() =>
        from line in lines.Where(line => OfTime.Contains(line.Kind))
        let share = line.Plan.Price.Share(Whole(line.From), line.From, line.To)
        where Math.Abs(line.Amount) != share || (line.IsGivenBack != line.Amount < 0)
        select $"{line} is not {share}";

    private IEnumerable<string> SetUpFees() =>
        from plan in offer.Plans
        let fees = lines.Where(line => line.Kind == "setup_fee" && line.Plan == plan).ToList()
        where fees.Count != (plan.Price.Setup > 0 && lineage.Any(one => offer.Of(one) == plan) ? 1 : 0) || fees.Exists(fee => fee.Amount != plan.Price.Setup)
        select $"{fees.Count} set-up fees of {plan.Title}";

    private IEnumerable<string> Usage(IReadOnlyDictionary<string, long> carried) =>
        from one in lineage
        let id = (string)one["id"]!
        let charged = lines.Where(line => line.SubscriptionId == id && !OfTime.Contains(line.Kind) && line.Kind != "setup_fee").Sum(line => line.Amount)
        let invoiced = invoices.Count(invoice => (string?)invoice["subscriptionId"] == id && (string?)invoice["kind"] == "period")
        let closures = one["endedAt"] is { } ended ? Math.Max(invoiced + 1, Begun(Instant(one["createdAt"]), Instant(ended))) : invoiced
        let come = offer.Of(one).Price.Usage(carried.GetValueOrDefault(id), closures)
        where charged < come.Least || charged > come.Most
        select $"{id}: {carried.GetValueOrDefault(id)} units in {closures} closures come to {charged}, not {come.Least} to {come.Most}";

    // Each moment that was paid for, at the plan of its holder and once. What costs less than half a cent has no line.
    private IEnumerable<string> Times()
    {
        var charged = lines.Where(line => OfTime.Contains(line.Kind)).ToList();
        List<DateTimeOffset> points = [.. charged.SelectMany(line => new[] { line.From, line.To }).Concat(lineage.Select(one => one["endedAt"]).OfType<JsonNode>().Select(Instant)).Append(anchor).Distinct().Order()];
        return from span in points.Zip(points.Skip(1))
               let holder = offer.Of(lineage.FirstOrDefault(one => one["endedAt"] is not { } ended || Instant(ended) > span.First) ?? lineage[^1])
               from plan in lineage.Select(offer.Of).Concat(charged.Select(line => line.Plan)).Distinct()
               let times = charged.Where(line => line.Plan == plan && line.From <= span.First && line.To >= span.Second).Sum(line => line.IsGivenBack ? -1 : 1)
               let isLast = charged.Count > 0 && span.First >= charged.Max(line => line.To)
               where times != (plan == holder && plan.Price.Base > 0 && !isLast ? 1 : 0) && plan.Price.Share(Whole(span.First), span.First, span.Second) != 0
               select $"{plan.Title} is charged {times} times from {span.First:O} to {span.Second:O}, when the plan was {holder.Title}";
    }

    private IEnumerable<string> PaidUntil(DateTimeOffset now)
    {
        var (last, until) = (lineage[^1], lines.Where(line => OfTime.Contains(line.Kind)).Select(line => line.To).DefaultIfEmpty(anchor).Max());
        // Whoever left has a last invoice, which misses nothing.
        var alive = last["endedAt"] is { } ended && Instant(ended) < now ? Instant(ended) - TimeSpan.FromSeconds(1) : now - Written;
        var isPaid = (string?)invoices.First(invoice => (string?)invoice["kind"] == "initial")["status"] == "paid";
        return isPaid && offer.Of(last).Price.Base > 0 && until < alive ? [$"{last["id"]} is charged until {until:O}, and not until {alive:O}"] : [];
    }

    private (DateTimeOffset From, DateTimeOffset To) Whole(DateTimeOffset at)
    {
        var month = 0;
        while (Boundary(month + 1).ToUnixTimeSeconds() <= at.ToUnixTimeSeconds())
        {
            month++;
        }

        return (Boundary(month), Boundary(month + 1));
    }

    // Periods that began or went on in a time. Who leaves before a renewal is invoiced has two of them closed by one invoice.
    private int Begun(DateTimeOffset from, DateTimeOffset to)
    {
        var periods = 1;
        for (var month = 1; Boundary(month) < to; month++)
        {
            periods += Boundary(month) > from ? 1 : 0;
        }

        return periods;
    }

    private DateTimeOffset Boundary(int month) => month == 0 ? anchor : (isToTheSecond ? anchor : new DateTimeOffset(anchor.UtcDateTime.Date, TimeSpan.Zero)).AddMonths(month);

    private Line Read(JsonNode invoice, JsonNode line)
    {
        var description = (string)line["description"]!;
        return new(
            (string)invoice["subscriptionId"]!, (string)line["kind"]!, description,
            offer.Plans.Single(plan => description.Contains($"– {plan.Title}", StringComparison.Ordinal)).With(Seats().Match(description) is { Success: true } seats ? int.Parse(seats.Groups[1].Value, CultureInfo.InvariantCulture) : 1),
            (long)line["amount"]!["amount"]!, Instant(line["period"]!["start"]), Instant(line["period"]!["end"]));
    }

    [GeneratedRegex(@" (\d+) seats?\b")]
    private static partial Regex Seats();

    private static DateTimeOffset Instant(JsonNode? time) => DateTimeOffset.Parse((string)time!, CultureInfo.InvariantCulture);

    private sealed record Line(string SubscriptionId, string Kind, string Description, Plan Plan, long Amount, DateTimeOffset From, DateTimeOffset To)
    {
        public bool IsGivenBack => Kind == "proration" && Description.Contains("unused, ", StringComparison.Ordinal);
    }
}
