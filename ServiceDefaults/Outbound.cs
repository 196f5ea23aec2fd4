using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Marketplace.ServiceDefaults;

/// <summary>Calls between the processes of one installation.</summary>
public static class Outbound
{
    /// <summary>A named <see cref="HttpClient"/> for another service, found at <c>services:{name}:http:0</c>, that carries a service token
    /// and gives up after 3 s.</summary>
    public static void AddServiceClient(this IHostApplicationBuilder builder, string name)
    {
        builder.Services.AddHttpClient(name, (services, client) =>
        {
            var address = services.GetRequiredService<IConfiguration>()[$"services:{name}:http:0"]
                ?? throw new InvalidOperationException($"Set services__{name}__http__0 to the address of '{name}'.");
            client.BaseAddress = new Uri(address);
            client.Timeout = TimeSpan.FromSeconds(3);
        })
        .AddHttpMessageHandler(services => new ServiceTokenHandler(services.GetRequiredService<InternalTokens>(), builder.Environment.ApplicationName));
    }

    private sealed class ServiceTokenHandler(InternalTokens tokens, string name) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.ForService(name));
            return base.SendAsync(request, cancellationToken);
        }
    }
}
