namespace Marketplace.StripeEmulator.Api;

/// <summary>
/// One endpoint: verb, path, the permission a restricted key needs, and its handler. Its parameters are in
/// Tables/parameters.txt under the same verb and path.
/// </summary>
public sealed record Endpoint(string Method, string Path, string Permission, Func<Call, Reply> Handle, bool Publishable = false)
{
    /// <summary>What the tables call it: <c>POST /v1/invoices/{}</c>.</summary>
    public string Name { get; } = $"{Method} {Template(Path)}";

    /// <summary>The rule for its parameters.</summary>
    public ParameterRule Rule { get; } = ParameterTable.Of($"{Method} {Template(Path)}");

    /// <summary>Path parameters in order.</summary>
    public string[] Names { get; } = [.. Path.Split('/').Where(s => s.StartsWith('{')).Select(s => s[1..^1])];

    private static string Template(string path) =>
        string.Join('/', path.Split('/').Select(s => s.StartsWith('{') ? "{}" : s));
}
