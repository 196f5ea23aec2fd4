namespace Stripe;

public class StripeClient : IStripeClient
{
    private readonly ApiRequestor requestor;

    public StripeClient(
        string apiKey = null,
        string clientId = null,
        IHttpClient httpClient = null,
        string apiBase = null,
        string connectBase = null,
        string filesBase = null,
        string meterEventsBase = null)
        : this(new StripeClientOptions
        {
            ApiKey = apiKey,
            ClientId = clientId,
            HttpClient = httpClient,
            ApiBase = apiBase,
            ConnectBase = connectBase,
            FilesBase = filesBase,
            MeterEventsBase = meterEventsBase,
        })
    {
    }

    public StripeClient(StripeClientOptions options) => requestor = new ApiRequestor(options);

    public static string DefaultApiBase => "https://api.stripe.com";
    public static string DefaultConnectBase => "https://connect.stripe.com";
    public static string DefaultFilesBase => "https://files.stripe.com";
    public static string DefaultMeterEventsBase => "https://meter-events.stripe.com";

    public string ApiBase => requestor.Settings.ApiBase;
    public string ApiKey => requestor.Settings.ApiKey;
    public string ClientId => requestor.Settings.ClientId;
    public string ConnectBase => requestor.Settings.ConnectBase;
    public string FilesBase => requestor.Settings.FilesBase;
    public string MeterEventsBase => requestor.Settings.MeterEventsBase;
    public IHttpClient HttpClient => requestor.Settings.HttpClient;

    public virtual V1Services V1 => field ??= new V1Services(requestor);

    internal ApiRequestor Requestor => requestor;

    public T Deserialize<T>(string response)
        where T : IStripeEntity =>
        StripeEntity.FromJson<T>(response);

    public Task<T> RequestAsync<T>(HttpMethod method, string path, BaseOptions options, RequestOptions requestOptions, CancellationToken cancellationToken = default)
        where T : IStripeEntity =>
        requestor.SendAsync<T>(method, path, options, requestOptions, cancellationToken);

    public Task<Stream> RequestStreamingAsync(HttpMethod method, string path, BaseOptions options, RequestOptions requestOptions, CancellationToken cancellationToken = default) =>
        requestor.SendStreamingAsync(method, path, options, requestOptions, cancellationToken);

    public Task<StripeResponse> RawRequestAsync(HttpMethod method, string path, string content = null, RawRequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        requestor.SendRawAsync(method, path, content, requestOptions, cancellationToken);
}
