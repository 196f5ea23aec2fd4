namespace Marketplace.Pricing;

/// <summary>One priced part of a period's usage, before it becomes a line: what a tier, the packages, an overage or a bound comes to.</summary>
/// <param name="Rank">Where it stands among the parts of its kind: its tier's number, or which quota's overage it is.</param>
/// <param name="Units">Units used in it: more than <paramref name="Quantity"/> says where that counts packages.</param>
/// <param name="What">What there is so much of, in words.</param>
/// <param name="Note">What is to be said after the price.</param>
internal sealed record PricedPart(string Kind, int Rank, string? Unit, long Quantity, MinorUnits UnitAmount, long Amount, long Units, string What, string Note = "")
{
    private bool IsBound => Kind is LineKind.Minimum or LineKind.Maximum;

    private bool IsCounted => Kind is LineKind.Usage or LineKind.Overage;

    /// <summary>What is to be charged for late usage: the parts with it less the parts without it, part by part. Where both come to the same nothing is left;
    /// where the late units moved a volume into another tier, what was charged is taken back and all units are charged at the tier now reached.</summary>
    public static IEnumerable<PricedPart> Difference(IReadOnlyList<PricedPart> with, IReadOnlyList<PricedPart> without)
    {
        var charged = without.ToDictionary(part => (part.Kind, part.Rank));
        var changed = with.Select(part => charged.Remove((part.Kind, part.Rank), out var before) ? part.Less(before) : part).ToList();
        return charged.Values.OrderBy(part => part.Rank).Select(part => part.TakenBack()).Concat(changed).Where(part => part is not { Quantity: 0, Amount: 0, Units: 0 });
    }

    /// <summary>The line that charges it for a period.</summary>
    /// <param name="head">What the line's text begins with.</param>
    public RatedLine Line(string head, string currency, (DateTimeOffset Start, DateTimeOffset End) period, bool late) => Line(currency) with
    {
        Description = $"{head}: {Words(currency)}{(late ? ", late usage of" : ",")} {Span(period)}", PeriodStart = period.Start, PeriodEnd = period.End,
    };

    /// <summary>The line that charges it, for no period in particular.</summary>
    public RatedLine Line(string currency) => new(
        Kind, Words(currency), Unit, IsBound ? 1 : Quantity, IsBound ? Amount : UnitAmount.ToDecimal(), Amount, default, default, IsCounted ? Units : null);

    /// <summary>A period as lines name it.</summary>
    public static string Span((DateTimeOffset Start, DateTimeOffset End) period) => $"{period.Start.UtcDateTime:yyyy-MM-dd} to {period.End.UtcDateTime:yyyy-MM-dd}";

    private string Words(string currency) =>
        (Quantity < 0 ? "credit for " : "") + (IsCounted ? $"{Math.Abs(Quantity)} {What} at {Currencies.Print(UnitAmount.ToDecimal(), currency)}" : What)
        + (Kind == LineKind.Usage && What != Unit ? $" ({Units} {Unit} used)" : "") + Note;

    private PricedPart Less(PricedPart before) => this with { Quantity = Quantity - before.Quantity, Amount = checked(Amount - before.Amount), Units = Units - before.Units };

    private PricedPart TakenBack() => this with { Quantity = -Quantity, Amount = -Amount, Units = -Units };
}
