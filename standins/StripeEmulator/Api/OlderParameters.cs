namespace Marketplace.StripeEmulator.Api;

/// <summary>
/// Parameters that versions before the newest had, read once from Tables/older-parameters.txt. Those with a newer name are
/// given it before they are looked at, so that a handler knows one name only; the others are added to the endpoint's own.
/// </summary>
public static class OlderParameters
{
    private static readonly Dictionary<string, List<Older>> ByEndpoint = Read();

    /// <summary>Older names of the table, by endpoint: what a test asks for.</summary>
    public static IEnumerable<(string Endpoint, string Until, string Name)> All =>
        ByEndpoint.SelectMany(e => e.Value.Select(o => (e.Key, o.Until, o.Name)));

    /// <summary>Gives what was sent the newest names. No version means that the caller named none.</summary>
    public static void Translate(string endpoint, string? version, FormValue sent)
    {
        foreach (var older in Of(endpoint, version).Where(o => o.Now.Length > 0))
        {
            // What it is called now stands in the same object or list element.
            var shared = Array.LastIndexOf(older.Path, "") + 1;
            foreach (var root in Holders(sent, older.Path.AsSpan(0, shared)))
            {
                foreach (var holder in Holders(root, older.Path.AsSpan(shared..^1)))
                {
                    Rename(older, root, holder);
                }
            }

            sent.Prune();
        }
    }

    /// <summary>The endpoint's rule with the older names that have no newer one.</summary>
    public static ParameterRule Rule(string endpoint, ParameterRule rule, string? version)
    {
        var kept = Of(endpoint, version).Where(o => o.Now.Length == 0).ToList();
        if (kept.Count == 0)
        {
            return rule;
        }

        var wider = new ParameterRule { Object = true };
        foreach (var (name, field) in rule.Fields.Concat(kept.SelectMany(o => o.Typed(o.Path[0]).Fields)))
        {
            wider.Fields[name] = field;
        }

        return wider;
    }

    private static IEnumerable<Older> Of(string endpoint, string? version) =>
        ByEndpoint.TryGetValue(endpoint, out var all) ? all.Where(o => version is null || Versions.IsBefore(version, o.Until)) : [];

    /// <summary>Where the path leads; an empty step is every element of a list.</summary>
    private static IEnumerable<FormValue> Holders(FormValue from, ReadOnlySpan<string> path)
    {
        IEnumerable<FormValue> here = [from];
        foreach (var step in path)
        {
            here = [.. here.SelectMany(h => step.Length == 0 ? h.Fields.Select(f => f.Value) : h[step] is { } inside ? [inside] : Array.Empty<FormValue>())];
        }

        return here;
    }

    private static void Rename(Older older, FormValue root, FormValue holder)
    {
        var name = older.Path[^1];
        if (holder[name] is not { } value || (older.Value is not null && older.Value != value.Text))
        {
            return;
        }

        if (value.Text?.Length > 0)
        {
            _ = ParameterCheck.Check(older.Typed(name), FormValue.Of(name, value));
        }

        holder.Take(name);
        foreach (var (path, constant) in older.Now)
        {
            // An empty text unsets a list as a whole.
            var steps = value.Text == "" ? path.TakeWhile(step => !char.IsAsciiDigit(step[0])) : path;
            steps.Aggregate(root, (inside, step) => inside.Field(step)).Become(constant is null || value.Text == "" ? value : FormValue.Of(constant));
        }
    }

    private static Dictionary<string, List<Older>> Read()
    {
        var all = new Dictionary<string, List<Older>>(StringComparer.Ordinal);
        var current = new List<Older>();
        foreach (var line in ParameterTable.Lines("older-parameters.txt"))
        {
            if (char.IsAsciiLetterUpper(line[0]))
            {
                all[line] = current = [];
                continue;
            }

            var (before, after) = line.Split(" = ", 2) is [var left, var right] ? (left, right) : (line, "");
            var words = before.Split(' ');
            var (name, value) = words[1].Split(':') is [var bare, var only] ? (bare, only) : (words[1], null);
            var path = Steps(name);
            var shared = Array.LastIndexOf(path, "") + 1;
            (string[], string?)[] now = [.. after.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(t => t.Split('=') is [var to, var constant] ? (Steps(to)[shared..], constant) : (Steps(t)[shared..], (string?)null))];
            current.Add(new Older(words[0], name, path, value, words[2], now));
        }

        return all;
    }

    private static string[] Steps(string name) => name.Replace("]", "", StringComparison.Ordinal).Split('[');

    private sealed record Older(string Until, string Name, string[] Path, string? Value, string Type, (string[] Path, string? Constant)[] Now)
    {
        public ParameterRule Typed(string name) => ParameterTable.Single(name, Type);
    }
}
