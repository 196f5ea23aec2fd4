using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

public sealed class UpstreamTests(UpstreamTests.Impatient installation) : IClassFixture<UpstreamTests.Impatient>
{
    [Theory]
    [InlineData(200, true)]
    [InlineData(204, true)]
    [InlineData(304, true)]
    [InlineData(302, true)]
    [InlineData(400, false)]
    [InlineData(404, false)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    [InlineData(503, false)]
    public async Task Answers_from_200_to_399_count_and_others_do_not(int status, bool counts)
    {
        var subscriber = await installation.Subscribe();

        await installation.Call(subscriber.Key, $"status/{status}").Expect((HttpStatusCode)status);
        await installation.Call(subscriber.Key, "sentinel").Expect(HttpStatusCode.OK);

        await installation.Plane.ExpectMetered(subscriber.Id, counts ? 2 : 1);
    }

    [Fact]
    public async Task An_upstream_that_closes_or_is_not_there_is_unavailable_and_not_counted()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Quotas = [Installation.Strict(1)] });

        await installation.Call(subscriber.Key, "cut").ExpectProblem(HttpStatusCode.BadGateway, "upstream_unavailable");
        await installation.Call(subscriber.Key, "cut").ExpectProblem(HttpStatusCode.BadGateway, "upstream_unavailable");
        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);

        await installation.Plane.ExpectMetered(subscriber.Id, 1);
    }

    [Fact]
    public async Task An_upstream_that_does_not_answer_times_out_and_is_not_counted()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Quotas = [Installation.Strict(1)] });

        await installation.Call(subscriber.Key, "hang").ExpectProblem(HttpStatusCode.GatewayTimeout, "upstream_timeout");
        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);

        await installation.Plane.ExpectMetered(subscriber.Id, 1);
    }

    [Fact]
    public async Task A_body_that_trickles_in_for_too_long_ends_so_that_no_watermark_waits_for_it()
    {
        var subscriber = await installation.Subscribe();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, installation.Gateway.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /apis/weather/forecast/count HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {subscriber.Key}\r\nTransfer-Encoding: chunked\r\n\r\n"));
        var watch = Stopwatch.StartNew();
        while (client.Available == 0 && watch.Elapsed < TimeSpan.FromSeconds(40))
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"200\r\n{new string('x', 512)}\r\n"));
            await Task.Delay(200);
        }

        var buffer = new byte[4096];
        var answer = Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer));
        Assert.StartsWith("HTTP/1.1 504", answer);
        Assert.Contains("upstream_timeout", answer);
        Assert.InRange(watch.Elapsed.TotalSeconds, 11, 30);
    }

    [Fact]
    public async Task A_caller_who_goes_away_before_the_answer_is_not_counted()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Quotas = [Installation.Strict(1)] });
        using var gone = new CancellationTokenSource();
        installation.Upstream.Asked.Clear();
        var call = installation.Client.SendAsync(new(HttpMethod.Get, "apis/weather/forecast/door/never") { Headers = { { "X-Api-Key", subscriber.Key } } }, gone.Token);
        await Eventually.Until(() => !installation.Upstream.Asked.IsEmpty, "the provider was asked");

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        await Eventually.Until(async () => (await installation.Call(subscriber.Key)).IsSuccessStatusCode, "the unit is given back");
        await installation.Plane.ExpectMetered(subscriber.Id, 1);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_was_answered_and_counts_once()
    {
        var subscriber = await installation.Subscribe();

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => installation.Call(subscriber.Key, "half"));

        await installation.Plane.ExpectMetered(subscriber.Id, 1);
    }

    [Fact]
    public async Task A_streamed_answer_arrives_piece_by_piece_and_holds_no_watermark_back()
    {
        var subscriber = await installation.Subscribe();
        using var request = new HttpRequestMessage(HttpMethod.Get, "apis/weather/forecast/drip/stream") { Headers = { { "X-Api-Key", subscriber.Key } } };

        using var response = await installation.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("first", await reader.ReadLineAsync());

        var now = TimeProvider.System.GetUtcNow();
        await Eventually.Until(() => installation.Plane.Applied().Any(r => r.SettledThrough > now), "a report settles through the running stream's start");
        await installation.Plane.ExpectMetered(subscriber.Id, 1);
        installation.Upstream.Open("stream");
        Assert.Equal("last", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task Who_waits_for_the_last_calls_of_what_ended_gets_a_report_at_once()
    {
        var watch = Stopwatch.StartNew();
        for (var asked = 0; asked < 5; asked++)
        {
            var now = TimeProvider.System.GetUtcNow();
            await installation.Plane.Publish(new AccessChanged("sub_any", "org_any", 0, CallsAwaited: true));
            await Eventually.Until(() => installation.Plane.Applied().Any(r => r.SettledThrough >= now), "a report settles through the moment of the hint");
        }

        // By itself a gateway that has nothing to report does so every ten seconds.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"Five reports took {watch.Elapsed.TotalSeconds:0.0} s.");
    }

    [Fact]
    public async Task A_large_body_is_streamed_and_never_held()
    {
        var subscriber = await installation.Subscribe();
        const long size = 100L << 20;
        var before = installation.Upstream.BytesRead;
        using var request = new HttpRequestMessage(HttpMethod.Put, "apis/weather/forecast/count")
        {
            Headers = { { "X-Api-Key", subscriber.Key } },
            Content = new StreamContent(new Zeros(size), 64 * 1024),
        };

        using var response = await installation.Client.SendAsync(request).Expect(HttpStatusCode.OK);

        Assert.Equal(size, installation.Upstream.BytesRead - before);
        Assert.True(installation.Gateway.ResidentBytes < 300L << 20, $"{installation.Gateway.ResidentBytes >> 20} MiB are resident.");
        await installation.Plane.ExpectMetered(subscriber.Id, 1);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/base")]
    [InlineData("http://localhost:{0}/base")]
    [InlineData("http://[::1]:{0}/base")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/base")]
    [InlineData("http://0.0.0.0:{0}/base")]
    [InlineData("http://2130706433:{0}/base")]
    [InlineData("http://127.1:{0}/base")]
    [InlineData("http://169.254.169.254/latest")]
    public async Task An_upstream_that_leads_inside_is_not_connected_to(string address)
    {
        await using var inside = await UpstreamApi.Start();
        var api = $"inside{inside.Port}";
        installation.Plane.Put(Installation.RouteTo(string.Format(address, inside.Port), api));
        var subscriber = await installation.Subscribe(facts => facts with { Granted = [new($"api_{api}", null)] });
        await installation.Plane.Publish(new Contracts.Catalog.ProductPublished("pub", "cat", "sandbox", "org", "prd_weather", "weather", "Weather", "1.0.0", null, [], [], 1));

        await Eventually.Passes(() => installation.Client.SendAsync(new(HttpMethod.Get, $"apis/weather/{api}/x") { Headers = { { "X-Api-Key", subscriber.Key } } })
            .ExpectProblem(HttpStatusCode.BadGateway, "upstream_unavailable"));

        Assert.Empty(inside.Asked);
    }

    /// <summary>With short timeouts.</summary>
    public sealed class Impatient : Installation
    {
        protected override IEnumerable<KeyValuePair<string, string>> Settings =>
            [new("Gateway__UpstreamTimeoutSeconds", "5"), new("Gateway__AnswerTimeoutSeconds", "12")];
    }

    private sealed class Zeros(long size) : Stream
    {
        private long position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => size;

        public override long Position
        {
            get => position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, size - position);
            position += read;
            return read;
        }

        public override void Flush()
        {
            // Nothing is written.
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
