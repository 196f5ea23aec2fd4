using System.Net;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class UpstreamTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Theory]
    // Loopback, in every spelling that some parser reads as such.
    [InlineData("https://localhost")]
    [InlineData("https://LOCALHOST./")]
    [InlineData("https://a.localhost")]
    [InlineData("https://127.0.0.1")]
    [InlineData("https://127.1")]
    [InlineData("https://127.0.1")]
    [InlineData("https://127.255.255.254:8443")]
    [InlineData("https://2130706433")]
    [InlineData("https://0x7f000001")]
    [InlineData("https://0x7F.0.0.1")]
    [InlineData("https://0177.0.0.1")]
    [InlineData("https://017700000001")]
    [InlineData("https://0x7f.1")]
    [InlineData("https://127.0.0.1.")]
    [InlineData("https://0")]
    [InlineData("https://0.0.0.0")]
    [InlineData("https://[::1]")]
    [InlineData("https://[::]")]
    [InlineData("https://[0:0:0:0:0:0:0:1]")]
    [InlineData("https://[::ffff:127.0.0.1]")]
    [InlineData("https://[::ffff:7f00:1]")]
    [InlineData("https://[::127.0.0.1]")]
    [InlineData("https://[::ffff:0:127.0.0.1]")]
    [InlineData("https://[64:ff9b::7f00:1]")]
    [InlineData("https://[64:ff9b:1::1]")]
    [InlineData("https://[2002:7f00:1::]")]
    [InlineData("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]")]
    // Private, link-local, carrier, documentation, multicast, reserved.
    [InlineData("https://10.0.0.1")]
    [InlineData("https://10.1")]
    [InlineData("https://167772161")]
    [InlineData("https://172.16.0.1")]
    [InlineData("https://172.31.255.255")]
    [InlineData("https://192.168.1.1")]
    [InlineData("https://0xc0.0xa8.1.1")]
    [InlineData("https://0300.0250.1.1")]
    [InlineData("https://3232235777")]
    [InlineData("https://100.64.0.1")]
    [InlineData("https://192.0.0.192")]
    [InlineData("https://198.18.0.1")]
    [InlineData("https://203.0.113.5")]
    [InlineData("https://224.0.0.1")]
    [InlineData("https://255.255.255.255")]
    [InlineData("https://[fc00::1]")]
    [InlineData("https://[fd12:3456:789a::1]")]
    [InlineData("https://[fe80::1]")]
    [InlineData("https://[fe80::1%25eth0]")]
    [InlineData("https://[fec0::1]")]
    [InlineData("https://[ff02::1]")]
    [InlineData("https://[2001:db8::1]")]
    [InlineData("https://[::ffff:10.0.0.1]")]
    [InlineData("https://[64:ff9b::10.0.0.1]")]
    // Clouds' metadata services.
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://2852039166")]
    [InlineData("https://0xA9FEA9FE")]
    [InlineData("https://0251.0376.0251.0376")]
    [InlineData("https://[::ffff:169.254.169.254]")]
    [InlineData("https://[fd00:ec2::254]")]
    [InlineData("https://metadata.google.internal")]
    [InlineData("https://metadata")]
    [InlineData("https://100.100.100.200")]
    [InlineData("https://168.63.129.16")]
    // Names of networks.
    [InlineData("https://postgres")]
    [InlineData("https://accounts.internal")]
    [InlineData("https://printer.local")]
    [InlineData("https://nas.lan")]
    [InlineData("https://router.home.arpa")]
    [InlineData("https://x.corp.")]
    // Addresses that are none.
    [InlineData("https://256.1.1.1")]
    [InlineData("https://1.2.3.4.5")]
    [InlineData("https://08.8.8.8")]
    [InlineData("https://0xgg.1")]
    [InlineData("https://4294967296")]
    [InlineData("https://0x1ffffffff")]
    [InlineData("https://-a.example.com")]
    [InlineData("https://a..example.com")]
    [InlineData("https://")]
    [InlineData("https:///etc/passwd")]
    [InlineData("orders.example.com")]
    [InlineData("//orders.example.com")]
    // Schemes, credentials, ports, escapes, letters that only look like others.
    [InlineData("http://api.example.com")]
    [InlineData("ftp://api.example.com")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://api.example.com")]
    [InlineData("javascript:alert(1)")]
    [InlineData("https:api.example.com")]
    [InlineData("https://user:password@api.example.com")]
    [InlineData("https://api.example.com@127.0.0.1")]
    [InlineData("https://@127.0.0.1")]
    [InlineData("https://127.0.0.1#@api.example.com")]
    [InlineData("https://api.example.com?host=x")]
    [InlineData("https://api.example.com\\@127.0.0.1")]
    [InlineData("https://127.0.0.1\\.api.example.com")]
    [InlineData("https://127.0.0.1%2f.api.example.com")]
    [InlineData("https://%6c%6f%63%61%6c%68%6f%73%74")]
    [InlineData("https://①②⑦.⓪.⓪.①")]
    [InlineData("https://127。0。0。1")]
    [InlineData("https://ⓛocalhost")]
    [InlineData("https://api.example.com:22")]
    [InlineData("https://api.example.com:25")]
    [InlineData("https://api.example.com:80")]
    [InlineData("https://api.example.com:0")]
    [InlineData("https://api.example.com:99999")]
    [InlineData("https://api.example.com\n.evil.com")]
    [InlineData(" https://api.example.com")]
    [InlineData("https://api.exam ple.com")]
    // The allowed host is allowed on its port and in its spelling only as that host and port.
    [InlineData("http://127.0.0.1")]
    [InlineData("http://127.0.0.1:5098")]
    [InlineData("http://127.0.0.2:5099")]
    [InlineData("http://localhost:5099")]
    [InlineData("http://x:y@127.0.0.1:5099")]
    public async Task An_upstream_inside_a_network_is_refused_in_every_spelling(string upstreamUrl)
    {
        var provider = app.NewProvider();
        await provider.Owner.Post("/v1/apis", new { organizationId = provider.Organization, title = "Inside", upstreamUrl })
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "upstream_refused", "upstreamUrl");
    }

    [Theory]
    [InlineData("https://api.example.com", "https://api.example.com")]
    [InlineData("https://API.Example.com/", "https://api.example.com")]
    [InlineData("https://api.example.com:443/v1/", "https://api.example.com/v1")]
    [InlineData("https://api.example.com:8443/v1", "https://api.example.com:8443/v1")]
    [InlineData("https://xn--bcher-kva.example.com", "https://xn--bcher-kva.example.com")]
    [InlineData("https://93.184.215.14/a%20b", "https://93.184.215.14/a%20b")]
    [InlineData("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]", "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]")]
    [InlineData("https://8.8.8.8", "https://8.8.8.8")]
    [InlineData("http://127.0.0.1:5099", "http://127.0.0.1:5099")]
    [InlineData("https://127.0.0.1:5099/echo", "https://127.0.0.1:5099/echo")]
    public async Task An_upstream_on_the_public_internet_or_on_the_list_is_kept_in_one_spelling(string upstreamUrl, string kept)
    {
        var provider = app.NewProvider();
        var api = await provider.Owner.Post("/v1/apis", new { organizationId = provider.Organization, title = "Outside", upstreamUrl }).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal(kept, api.Text("upstreamUrl"));
    }

    [Fact]
    public async Task A_change_of_the_upstream_is_judged_as_a_new_one_is()
    {
        var provider = app.NewProvider();
        var api = await provider.Api();
        await provider.Owner.Patch($"/v1/apis/{api}", new { upstreamUrl = "https://169.254.169.254" }, "\"1\"")
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "upstream_refused", "upstreamUrl");
        Assert.Equal(CatalogApp.AllowedUpstream, (await provider.Owner.Get($"/v1/apis/{api}")).Text("upstreamUrl"));
    }
}
