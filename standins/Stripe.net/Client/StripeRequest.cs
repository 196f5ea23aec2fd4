using System.Net.Http.Headers;
using System.Text;
using Stripe.Infrastructure;

namespace Stripe;

public class StripeRequest
{
    private const string NoKey = "No API key provided. Set your API key using `var client = new Stripe.StripeClient(\"<API-KEY>\")`."
        + "You can generate API keys from the Stripe Dashboard. See https://stripe.com/docs/api/authentication for details or contact support "
        + "at https://support.stripe.com/email if you have any questions.";

    private readonly BaseOptions options;
    private readonly string content;

    public StripeRequest(IStripeClient client, HttpMethod method, string path, BaseOptions options, RequestOptions requestOptions)
        : this((client ?? throw new ArgumentNullException(nameof(client))).ApiBase, method, path, options, null, requestOptions, client.ApiKey)
    {
    }

    internal StripeRequest(string apiBase, HttpMethod method, string path, BaseOptions options, string content, RequestOptions requestOptions, string defaultKey = null)
    {
        this.options = options;
        this.content = content;
        Method = method;
        var query = method == HttpMethod.Post || options is null ? "" : FormEncoder.Encode(options);
        Uri = new Uri(apiBase + path + (query.Length == 0 ? "" : "?" + query));
        AuthorizationHeader = new AuthenticationHeaderValue("Bearer", requestOptions?.ApiKey ?? defaultKey ?? throw new StripeException(NoKey));
        StripeHeaders = HeadersFor(method, requestOptions);
    }

    public HttpMethod Method { get; }
    public Uri Uri { get; }
    public AuthenticationHeaderValue AuthorizationHeader { get; }
    public IDictionary<string, string> StripeHeaders { get; }

    /// <summary>A fresh body for each attempt. A POST without parameters still sends an empty form, for its content type.</summary>
    public HttpContent Content => Method != HttpMethod.Post
        ? null
        : new ByteArrayContent(Encoding.UTF8.GetBytes(content ?? (options is null ? "" : FormEncoder.Encode(options))))
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded", "utf-8") },
        };

    public override string ToString() => $"<{GetType().FullName} Method={Method} Uri={Uri}>";

    private static Dictionary<string, string> HeadersFor(HttpMethod method, RequestOptions requestOptions)
    {
        var headers = new Dictionary<string, string> { ["Stripe-Version"] = StripeConfiguration.ApiVersion };
        void Add(string name, string value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                headers[name] = value;
            }
        }

        Add("Stripe-Account", requestOptions?.StripeAccount);
        Add("Stripe-Context", requestOptions?.StripeContext);
        Add("Stripe-Request-Trigger", requestOptions?.StripeRequestTrigger);
        Add("Idempotency-Key", requestOptions?.IdempotencyKey);
        if (method == HttpMethod.Post)
        {
            // The same key travels with every attempt of one request, so that a retry cannot act twice.
            headers.TryAdd("Idempotency-Key", Guid.NewGuid().ToString());
        }

        foreach (var (name, value) in (requestOptions as RawRequestOptions)?.AdditionalHeaders ?? [])
        {
            headers[name] = value;
        }

        return headers;
    }
}
