using System.Net;
using System.Net.Http.Headers;

namespace Stripe;

public abstract class StripeResponseBase
{
    public StripeResponseBase(HttpStatusCode statusCode, HttpResponseHeaders headers)
    {
        StatusCode = statusCode;
        Headers = headers;
    }

    public HttpStatusCode StatusCode { get; }
    public HttpResponseHeaders Headers { get; }
    public DateTimeOffset? Date => Headers?.Date;
    public string IdempotencyKey => First("Idempotency-Key");
    public string RequestId => First("Request-Id");

    public override string ToString() => $"<{GetType().FullName} status={(int)StatusCode} Request-Id={RequestId} Date={Date?.ToString("s")}>";

    private string First(string header) => Headers is not null && Headers.TryGetValues(header, out var values) ? values.First() : null;
}

public class StripeResponse : StripeResponseBase
{
    public StripeResponse(HttpStatusCode statusCode, HttpResponseHeaders headers, string content) : base(statusCode, headers) => Content = content;

    public string Content { get; }
}

public class StripeStreamedResponse : StripeResponseBase
{
    private Task<StripeResponse> read;

    public StripeStreamedResponse(HttpStatusCode statusCode, HttpResponseHeaders headers, Stream body) : base(statusCode, headers) => Body = body;

    public Stream Body { get; }

    public Task<StripeResponse> ToStripeResponseAsync() => read ??= Read();

    private async Task<StripeResponse> Read()
    {
        using var reader = new StreamReader(Body);
        return new StripeResponse(StatusCode, Headers, await reader.ReadToEndAsync());
    }
}
