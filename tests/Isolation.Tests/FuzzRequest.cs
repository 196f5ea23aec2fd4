using System.Net.Http.Headers;
using System.Text;

namespace Marketplace.Isolation.Tests;

/// <summary>A request that was made up, so that it can be sent and told.</summary>
/// <param name="Row">The row of the table that it began as.</param>
public sealed record FuzzRequest(int Number, AccessRow Row, string Caller, HttpMethod Method, string Path, byte[]? Body, string? ContentType, IReadOnlyList<(string Name, string Value)> Headers)
{
    /// <summary>It as a message.</summary>
    public HttpRequestMessage Message(Uri gateway)
    {
        var message = new HttpRequestMessage(Method, new Uri(gateway + Path.TrimStart('/'), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body);
            if (ContentType is not null)
            {
                message.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
            }
        }

        foreach (var (name, value) in Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    public override string ToString()
    {
        var body = Body is null ? "" : Encoding.UTF8.GetString(Body);
        return $"#{Number} {Method} {(Path.Length > 300 ? Path[..300] + "…" : Path)} as {Caller}, {ContentType ?? "no type"} {string.Join(' ', Headers)}\n    {(body.Length > 600 ? body[..600] + "…" : body)}";
    }
}
