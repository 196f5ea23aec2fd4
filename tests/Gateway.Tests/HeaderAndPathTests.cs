using System.Net;
using System.Net.Sockets;
using System.Text;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

public sealed class HeaderAndPathTests(Installation installation) : IClassFixture<Installation>
{
    [Fact]
    public async Task The_provider_sees_who_calls_and_never_the_key()
    {
        var subscriber = await installation.Subscribe();

        var heard = await Installation.HeardIn(await installation.Call(subscriber.Key, "x", HttpMethod.Get, null,
            ("Authorization", $"Bearer {subscriber.Key}"), ("Cookie", "session=1"), ("X-Api_Key", subscriber.Key), ("X_Api_Key", subscriber.Key),
            ("X-Marketplace-Organization", "org_forged"), ("X_Marketplace_Organization", "org_forged"), ("x-marketplace_subscription", "sub_forged"), ("X-Marketplace-Operator", "true"),
            ("X-Forwarded-For", "10.0.0.1"), ("X_Forwarded_Host", "evil"), ("Forwarded", "for=10.0.0.1"), ("X-Real-IP", "10.0.0.1"),
            ("X-HTTP-Method-Override", "DELETE"), ("X-Original-URL", "/admin"), ("X-Own", "passes")).Expect(HttpStatusCode.OK));

        Assert.Equal(subscriber.Facts.OrganizationId, heard.Headers["X-Marketplace-Organization"]);
        Assert.Equal(subscriber.Id, heard.Headers["X-Marketplace-Subscription"]);
        Assert.Equal(subscriber.Credential.ApplicationId, heard.Headers["X-Marketplace-Application"]);
        Assert.Equal("passes", heard.Headers["X-Own"]);
        Assert.Equal(
            ["host", "x-marketplace-application", "x-marketplace-organization", "x-marketplace-subscription", "x-own"],
            heard.Headers.Keys.Select(name => name.ToLowerInvariant()).Order());
        Assert.DoesNotContain(heard.Headers.Values, value => value.Contains(subscriber.Key, StringComparison.Ordinal) || value.Contains("forged", StringComparison.Ordinal));
        Assert.Equal($"127.0.0.1:{installation.Upstream.Port}", heard.Headers["Host"]);
    }

    [Fact]
    public async Task The_callers_own_trace_goes_on_to_the_provider_and_ours_stays_inside()
    {
        var subscriber = await installation.Subscribe();
        const string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

        var traced = await Installation.HeardIn(await installation.Call(subscriber.Key, "x", headers: ("traceparent", parent)));
        var untraced = await Installation.HeardIn(await installation.Call(subscriber.Key));

        Assert.Equal(parent, traced.Headers["traceparent"]);
        Assert.False(untraced.Headers.ContainsKey("traceparent"));
    }

    [Fact]
    public async Task A_providers_answer_sets_no_internal_header_and_no_cookie()
    {
        var subscriber = await installation.Subscribe();

        var response = await installation.Call(subscriber.Key, "evil").Expect(HttpStatusCode.OK);

        Assert.Equal("stays", response.Headers.GetValues("X-Own").Single());
        Assert.DoesNotContain(response.Headers, h => h.Key.StartsWith("X-Marketplace", StringComparison.OrdinalIgnoreCase) || h.Key.StartsWith("X_Marketplace", StringComparison.OrdinalIgnoreCase));
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    // Our HTTP client refuses to write what is not ASCII, and Kestrel too, unless told otherwise: the caller would hear that the provider is away.
    [Fact]
    public async Task A_header_that_is_not_ASCII_reaches_the_provider_and_comes_back_byte_by_byte()
    {
        var subscriber = await installation.Subscribe();
        installation.Upstream.Asked.Clear();

        var answer = await Raw($"GET /apis/weather/forecast/accent HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {subscriber.Key}\r\nX-Own: {OnTheWire("José 日本")}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200", answer);
        Assert.Equal("José 日本", installation.Upstream.Asked.Single().Headers["X-Own"]);
        Assert.Contains($"X-Own: {OnTheWire("Réponse 日本")}\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/v1/invoices")]
    [InlineData("POST", "/v1/organizations")]
    [InlineData("POST", "/webhooks/stripe/bil_1")]
    public async Task A_header_that_is_not_ASCII_reaches_the_service(string method, string path)
    {
        installation.Plane.Asked.Clear();

        var answer = await Raw($"{method} {path} HTTP/1.1\r\nHost: gateway\r\nIdempotency-Key: {OnTheWire("clé")}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200", answer);
        Assert.Equal("clé", installation.Plane.Asked.Single().Headers["Idempotency-Key"]);
    }

    [Theory]
    [InlineData("/internal/clock")]
    [InlineData("/INTERNAL/clock")]
    [InlineData("/internal")]
    [InlineData("/%69nternal/clock")]
    [InlineData("/./internal/clock")]
    [InlineData("//internal/clock")]
    [InlineData("/v1/../internal/clock")]
    [InlineData("/v1/users/%2e%2e/%2e%2e/internal/clock")]
    [InlineData("/apis/../internal/clock")]
    [InlineData("/internal/token-exchange")]
    [InlineData("/internal/entitlements?after=0&limit=10")]
    public async Task Nothing_internal_is_reached_from_outside(string path)
    {
        installation.Plane.Asked.Clear();

        Assert.StartsWith("HTTP/1.1 404", await Raw($"GET {path} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"));
        Assert.Empty(installation.Plane.Asked);
    }

    [Theory]
    [InlineData("%252e%252e/%252e%252e/internal/clock")]
    [InlineData("..%2f..%2finternal/clock")]
    [InlineData("..%5c..%5cinternal/clock")]
    [InlineData("%25252e%25252e/x")]
    [InlineData("a/..%2Fb")]
    [InlineData("a/../b%2Fc")]
    [InlineData("..\\..\\internal")]
    public async Task A_path_that_hides_dot_segments_goes_nowhere(string hidden)
    {
        var subscriber = await installation.Subscribe();
        installation.Plane.Asked.Clear();
        installation.Upstream.Asked.Clear();

        Assert.Contains("path_ambiguous", await Raw($"GET /v1/users/{hidden} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"));
        Assert.Contains("path_ambiguous", await Raw($"GET /apis/weather/forecast/{hidden} HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {subscriber.Key}\r\nConnection: close\r\n\r\n"));
        Assert.Empty(installation.Plane.Asked);
        Assert.Empty(installation.Upstream.Asked);
    }

    [Theory]
    [InlineData("caf%C3%A9/a%20b", "/base/caf%C3%A9/a%20b")]
    [InlineData("orders/a%2Fb", "/base/orders/a%2Fb")]
    [InlineData("orders/a%252Fb", "/base/orders/a%252Fb")]
    [InlineData("a//b", "/base/a//b")]
    [InlineData("a/%2e%2e/b", "/base/b")]
    [InlineData("", "/base/")]
    [InlineData("a/../b", "/base/b")]
    [InlineData("x?next=../y&q=%2e%2e", "/base/x?next=../y&q=%2e%2e")]
    [InlineData("per%25cent", "/base/per%25cent")]
    [InlineData("v1.2/..hidden/...", "/base/v1.2/..hidden/...")]
    public async Task Other_paths_reach_the_provider_as_they_were_meant(string path, string expected)
    {
        var subscriber = await installation.Subscribe();
        installation.Upstream.Asked.Clear();

        Assert.StartsWith("HTTP/1.1 200", await Raw($"GET /apis/weather/forecast/{path} HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {subscriber.Key}\r\nConnection: close\r\n\r\n"));

        Assert.Equal(expected, installation.Upstream.Asked.Single().Target);
    }

    [Theory]
    [InlineData("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Content-Length: 3\r\nContent-Length: 40\r\n", "abcGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n", "abcGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked\r\nContent-Length: 3\r\n", "abc")]
    [InlineData("Transfer-Encoding: chunked\r\n", "1;x\nx\r\na\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")]
    public async Task The_provider_never_sees_a_second_request_inside_one(string headers, string body)
    {
        var subscriber = await installation.Subscribe();
        installation.Upstream.Asked.Clear();

        await Raw($"POST /apis/weather/forecast/x HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {subscriber.Key}\r\n{headers}\r\n{body}");

        Assert.DoesNotContain(installation.Upstream.Asked, asked => asked.Target.Contains("smuggled", StringComparison.Ordinal));
        Assert.True(installation.Upstream.Asked.Count <= 1);
    }

    [Theory]
    [InlineData("websocket")]
    [InlineData("SPDY/3.1")]
    public async Task An_upgrade_is_refused(string protocol)
    {
        var subscriber = await installation.Subscribe();
        installation.Upstream.Asked.Clear();

        var answer = await Raw($"GET /apis/weather/forecast/x HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {subscriber.Key}\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

        Assert.Contains("upgrade_unsupported", answer);
        Assert.Empty(installation.Upstream.Asked);
    }

    [Fact]
    public async Task The_gateway_does_not_say_what_it_is_built_with()
    {
        var response = await installation.Client.GetAsync("alive");

        Assert.False(response.Headers.Contains("Server"));
    }

    // Raw() takes each character for a byte.
    private static string OnTheWire(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private async Task<string> Raw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, installation.Gateway.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var patience = new CancellationTokenSource(Eventually.Patience);
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer, patience.Token) is > 0 and var read)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
                // Where the connection is kept open, a second answer would follow at once.
                patience.CancelAfter(TimeSpan.FromSeconds(3));
            }

            return answer.ToString();
        }
        catch (OperationCanceledException)
        {
            // Kept open: what was answered until now is the answer.
            return answer.ToString();
        }
        catch (IOException exception)
        {
            return $"{answer}(connection reset: {exception.Message})";
        }
    }
}
