using System.Net;
using System.Text.Json;

namespace Stripe;

/// <summary>Turns a call of a service into a request, and the answer into an entity or a <see cref="StripeException"/>.</summary>
internal sealed class ApiRequestor
{
    private readonly StripeClientOptions settings;
    private readonly IStripeClient foreign;

    public ApiRequestor(StripeClientOptions options)
    {
        settings = options?.Clone() ?? new StripeClientOptions();
        if (settings.ApiKey is "")
        {
            throw new ArgumentException("API key cannot be the empty string.", nameof(settings.ApiKey));
        }

        if (settings.ApiKey is not null && settings.ApiKey.Any(char.IsWhiteSpace))
        {
            throw new ArgumentException("API key cannot contain whitespace.", nameof(settings.ApiKey));
        }

        settings.HttpClient ??= new SystemNetHttpClient();
        settings.ApiBase ??= StripeClient.DefaultApiBase;
        settings.ConnectBase ??= StripeClient.DefaultConnectBase;
        settings.FilesBase ??= StripeClient.DefaultFilesBase;
        settings.MeterEventsBase ??= StripeClient.DefaultMeterEventsBase;
    }

    private ApiRequestor(IStripeClient client) => foreign = client;

    public StripeClientOptions Settings => settings;

    /// <summary>The requestor behind a client; a client of someone else's making is called through its own interface.</summary>
    public static ApiRequestor Of(IStripeClient client) => client is StripeClient own ? own.Requestor : new ApiRequestor(client);

    public async Task<T> SendAsync<T>(HttpMethod method, string path, BaseOptions options, RequestOptions requestOptions, CancellationToken cancellationToken)
        where T : IStripeEntity
    {
        if (foreign is not null)
        {
            return await foreign.RequestAsync<T>(method, path, options, requestOptions, cancellationToken);
        }

        var request = Build(method, path, options, null, requestOptions);
        var response = await settings.HttpClient.MakeRequestAsync(request, cancellationToken);
        Ensure(response);
        try
        {
            var entity = JsonSerializer.Deserialize<T>(response.Content, StripeConfiguration.SerializerOptions);
            entity.StripeResponse = response;
            return entity;
        }
        catch (JsonException)
        {
            throw Invalid(response);
        }
    }

    public async Task<Stream> SendStreamingAsync(HttpMethod method, string path, BaseOptions options, RequestOptions requestOptions, CancellationToken cancellationToken)
    {
        if (foreign is not null)
        {
            return await foreign.RequestStreamingAsync(method, path, options, requestOptions, cancellationToken);
        }

        var request = Build(method, path, options, null, requestOptions);
        var response = await settings.HttpClient.MakeStreamingRequestAsync(request, cancellationToken);
        return response.StatusCode == HttpStatusCode.OK ? response.Body : throw Failure(await response.ToStripeResponseAsync());
    }

    public async Task<StripeResponse> SendRawAsync(HttpMethod method, string path, string content, RawRequestOptions requestOptions, CancellationToken cancellationToken)
    {
        if (foreign is not null)
        {
            throw new NotSupportedException("Raw requests need a Stripe.StripeClient.");
        }

        if (method != HttpMethod.Post && content is not null)
        {
            throw new InvalidOperationException("content is not allowed for non-POST requests.");
        }

        var request = Build(method, path, null, content, requestOptions);
        var response = await settings.HttpClient.MakeRequestAsync(request, cancellationToken);
        Ensure(response);
        return response;
    }

    private StripeRequest Build(HttpMethod method, string path, BaseOptions options, string content, RequestOptions requestOptions)
    {
        var effective = requestOptions?.Clone() ?? new RequestOptions();
        effective.ApiKey = string.IsNullOrEmpty(effective.ApiKey) ? settings.ApiKey : effective.ApiKey;
        effective.StripeAccount = string.IsNullOrEmpty(effective.StripeAccount) ? settings.StripeAccount : effective.StripeAccount;
        // An empty context is a choice: it takes the client's default away for this call.
        effective.StripeContext ??= settings.StripeContext;
        return new StripeRequest((effective as RawRequestOptions)?.BaseUrl ?? settings.ApiBase, method, path, options, content, effective);
    }

    private static void Ensure(StripeResponse response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw Failure(response);
        }

        if (response.Headers is not null && response.Headers.TryGetValues("Stripe-Notice", out var notices) && notices.FirstOrDefault() is { Length: > 0 } notice)
        {
            Console.Error.WriteLine(notice);
        }
    }

    private static StripeException Failure(StripeResponse response)
    {
        try
        {
            using var body = JsonDocument.Parse(response.Content);
            if (body.RootElement.ValueKind != JsonValueKind.Object || !body.RootElement.TryGetProperty("error", out var error))
            {
                return Invalid(response);
            }

            // OAuth answers {"error":"invalid_grant","error_description":"…"}; everything else nests the error.
            var parsed = StripeEntity.FromJson<StripeError>(error.ValueKind == JsonValueKind.String ? response.Content : error.GetRawText());
            parsed.StripeResponse = response;
            return new StripeException(response.StatusCode, parsed, parsed.Message ?? parsed.ErrorDescription) { StripeResponse = response };
        }
        catch (JsonException)
        {
            return Invalid(response);
        }
    }

    private static StripeException Invalid(StripeResponse response) =>
        new(response.StatusCode, null, $"Invalid response object from API: \"{response.Content}\"") { StripeResponse = response };
}
