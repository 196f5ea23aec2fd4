using System.Globalization;
using System.Text;

namespace Marketplace.StripeEmulator.Api;

/// <summary>A parameter as it was sent: a text, or fields by name (list elements have their index as name).</summary>
public sealed class FormValue
{
    /// <summary>More fields than this on one level, or levels than this, are no call of Stripe's.</summary>
    private const int Most = 10_000;
    private const int Deepest = 32;

    /// <summary>Before the number of an element of <c>a[]</c>: what no caller writes as a name.</summary>
    internal const char Unnamed = '\0';

    private readonly List<(string Name, FormValue Value)> fields = [];

    public string? Text { get; private set; }

    public IReadOnlyList<(string Name, FormValue Value)> Fields => fields;

    /// <summary>The field of this name, or null.</summary>
    public FormValue? this[string name] => fields.Find(field => field.Name == name).Value;

    /// <summary>One text that is equal for requests with the same parameters in any order.</summary>
    public string Canonical() => Text ?? "{" + string.Join(',', fields.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => (f.Name, Whole: f.Value.Canonical())).Select(f => $"{f.Name}={f.Whole.Length}:{f.Whole}")) + "}";

    /// <summary>Refuses what would take its reader forever.</summary>
    internal static void Demand(int parameters, int levels)
    {
        if (parameters > Most || levels > Deepest)
        {
            throw StripeException.Invalid(parameters > Most ? $"Invalid request: it has more than {Most} parameters." : $"Invalid request: its parameters are nested more than {Deepest} levels deep.");
        }
    }

    /// <summary>One field alone.</summary>
    internal static FormValue Of(string name, FormValue value)
    {
        var whole = new FormValue();
        whole.fields.Add((name, value));
        return whole;
    }

    internal static FormValue Of(string text) => new() { Text = text };

    /// <summary>Holds what the other one holds.</summary>
    internal void Become(FormValue other)
    {
        Text = other.Text;
        fields.Clear();
        fields.AddRange(other.fields);
    }

    internal void Take(string name) => fields.RemoveAll(field => field.Name == name);

    /// <summary>Drops what nothing is left of.</summary>
    internal void Prune()
    {
        fields.ForEach(field => field.Value.Prune());
        fields.RemoveAll(field => field.Value is { Text: null, fields.Count: 0 });
    }

    internal void SetText(string text)
    {
        Text = text;
        fields.Clear();
    }

    internal FormValue Field(string name)
    {
        if (this[name] is { } known)
        {
            return known;
        }

        Demand(fields.Count + 1, 0);
        Text = null;
        var value = new FormValue();
        fields.Add((name, value));
        return value;
    }

    /// <summary>The element that <c>a[]</c> means: the last one, unless what follows is already in it.</summary>
    internal FormValue Element(ReadOnlySpan<string> rest)
    {
        if (!rest.IsEmpty && fields.Count > 0 && fields[^1].Name.StartsWith(Unnamed) && fields[^1].Value.Lacks(rest))
        {
            return fields[^1].Value;
        }

        return Field(Unnamed + fields.Count.ToString(CultureInfo.InvariantCulture));
    }

    private bool Lacks(ReadOnlySpan<string> path)
    {
        var at = this;
        foreach (var name in path)
        {
            if (name.Length == 0 || at[name] is not { } next)
            {
                return true;
            }

            at = next;
        }

        return false;
    }
}

/// <summary>
/// Form encoding as Stripe's clients write it: <c>a[b]=1</c>, <c>a[0][b]=1</c>, <c>a[]=1</c>, <c>a[][b]=1</c>, brackets
/// plain or encoded, spaces as <c>+</c> or <c>%20</c>.
/// </summary>
public static class FormBody
{
    public static FormValue Parse(string text)
    {
        var root = new FormValue();
        var pairs = text.Split('&', StringSplitOptions.RemoveEmptyEntries);
        FormValue.Demand(pairs.Length, 0);
        foreach (var pair in pairs)
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            var name = Decode(at < 0 ? pair : pair[..at]);
            Put(root, Path(name), at < 0 ? "" : Decode(pair[(at + 1)..]));
        }

        return root;
    }

    private static void Put(FormValue root, string[] path, string value)
    {
        FormValue.Demand(0, path.Length);
        var here = root.Field(path[0]);
        for (var depth = 1; depth < path.Length; depth++)
        {
            here = path[depth].Length == 0 ? here.Element(path.AsSpan(depth + 1)) : here.Field(path[depth]);
        }

        here.SetText(value);
    }

    private static string[] Path(string name)
    {
        var open = name.IndexOf('[', StringComparison.Ordinal);
        if (open <= 0 || !name.EndsWith(']'))
        {
            return [name];
        }

        return [name[..open], .. name[(open + 1)..^1].Split("][")];
    }

    private static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal) && !text.Contains('+', StringComparison.Ordinal))
        {
            return text;
        }

        return Uri.UnescapeDataString(new StringBuilder(text).Replace('+', ' ').ToString());
    }
}
