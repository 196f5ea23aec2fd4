using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Marketplace.Story;
using Marketplace.Testing;

namespace Marketplace.Isolation.Tests;

/// <summary>Two providers; two consumers of the first one's catalog; a person for every role; all made through the API.
/// The first provider and the first consumer are the tenant whose walls are tried; the others try them.</summary>
public sealed partial class World : IDisposable
{
    private const int Remade = 5;
    private const string NextYear = "next year";

    // What is on offer. The product's next release, which one of the table's rows makes, puts its drafts on offer too: AccessTests tries drafts on a product that is left alone.
    private static readonly string[] Public =
        ["provider", "catalog", "api", "product", "release", "publication", "terms", "plan", "free plan", "manual plan", "draft plan", "limited plan", "quota"];
    private readonly Dictionary<string, Person> people = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> tried = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> forgotten = new(StringComparer.Ordinal);
    private readonly Settings settings;
    private readonly RunningSystem system;
    private readonly SignIns signIns;
    private readonly Corners corners;
    private readonly Failures failures;
    private int made;

    private World(RunningSystem system, Settings settings)
    {
        (this.system, this.settings) = (system, settings);
        (signIns, corners, failures) = (new(this), new(this), new(system));
    }

    /// <summary>The system's mails.</summary>
    public Letters Letters => new(system.Mail);

    /// <summary>Where it is.</summary>
    public Settings Settings => settings;

    /// <summary>The tenant's provider, and a rival.</summary>
    public Seller Seller { get; private set; } = null!;

    public Seller Rival { get; private set; } = null!;

    /// <summary>The tenant's consumer, and its neighbour in the same catalog.</summary>
    public Buyer Buyer { get; private set; } = null!;

    public Buyer Neighbour { get; private set; } = null!;

    /// <summary>Who calls, by the column's name.</summary>
    public Person this[string name] => people[name];

    /// <summary>Makes it.</summary>
    public static async Task<World> Make(RunningSystem system)
    {
        var world = new World(system, new Settings(system.Gateway, system.Stripe, system.Echo) { Run = Guid.NewGuid().ToString("n")[..8] });
        await world.Populate();
        return world;
    }

    /// <summary>A text with each <c>{thing}</c> replaced by the tenant's own, and each <c>{new thing}</c> by one made for this call.
    /// <paramref name="instead"/> may put something else in a thing's place. Not <paramref name="fresh"/>, a <c>{new thing}</c> is the standing one, or a <paramref name="spare"/> one
    /// that stays until it is forgotten.</summary>
    public async Task<string> Fill(string text, bool fresh, Func<string, string?>? instead = null, bool spare = false)
    {
        foreach (var match in Placeholders().Matches(text).DistinctBy(m => m.Value))
        {
            var isNew = match.Groups["new"].Success;
            var thing = match.Groups["thing"].Value;
            text = text.Replace(match.Value, instead?.Invoke(thing) ?? await Thing(thing, isNew && fresh, isNew && spare), StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>Lets the spare things of a text go: a request has used them up.</summary>
    public void Forget(string text)
    {
        foreach (var match in Placeholders().Matches(text).Where(m => m.Groups["new"].Success))
        {
            var thing = match.Groups["thing"].Value;
            if (tried.TryGetValue(thing, out var used) && used.Value.IsCompletedSuccessfully && forgotten.AddOrUpdate(thing, 1, (_, times) => times + 1) <= Remade)
            {
                tried.TryUpdate(thing, new(() => Another(thing, used.Value.Result)), used);
            }
        }
    }

    /// <summary>Names of the things that a text asks for.</summary>
    public static IEnumerable<string> ThingsIn(string text) => Placeholders().Matches(text).Select(m => m.Groups["thing"].Value).Distinct();

    /// <summary>The same kind of thing of another tenant; null when there is none.</summary>
    public string? Foreign(string thing) => Rival.Things.GetValueOrDefault(thing) ?? Neighbour.Things.GetValueOrDefault(thing);

    /// <summary>The tenant's own; null when there is none.</summary>
    public string? Standing(string thing) => Seller.Things.GetValueOrDefault(thing) ?? Buyer.Things.GetValueOrDefault(thing);

    /// <summary>Whether a thing is a consumer's and not a provider's.</summary>
    public bool IsOfConsumers(string thing) => Neighbour.Things.ContainsKey(thing);

    /// <summary>An id as the thing's own, that nobody has.</summary>
    public string? Unknown(string thing) =>
        Standing(thing) is { } id ? string.Concat(id[..^12], new string('0', 12)) : thing is "unique" or NextYear || Known(thing) is not null ? null : "none";

    /// <summary>Every id of the tenant that the caller may not see: what is on offer is public, and a customer knows where its invoices are paid.</summary>
    public IEnumerable<KeyValuePair<string, string>> SecretsFrom(string caller) =>
        Seller.Things.Where(t => !Public.Contains(t.Key) && (caller, t.Key) is not ("neighbour", "integration")).Concat(Buyer.Things);

    public void Dispose()
    {
        foreach (var person in people.Values)
        {
            person.Dispose();
        }

        corners.Dispose();
        Seller?.Dispose();
        Rival?.Dispose();
    }

    [GeneratedRegex(@"\{(?<new>new )?(?<thing>[a-z][a-z ]*)\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholders();

    private async Task<string> Thing(string thing, bool fresh, bool spare)
    {
        if (thing == "unique")
        {
            return $"u{Interlocked.Increment(ref made)}-{settings.Run}";
        }

        if (thing == NextYear)
        {
            // The system's clock is one that tests move.
            using var client = new Client(settings.Gateway);
            var now = DateTimeOffset.Parse((string)(await client.Get("/dev/clock"))["now"]!, CultureInfo.InvariantCulture);
            return now.AddDays(500).ToString("yyyy-MM-ddT00:00:00Z", CultureInfo.InvariantCulture);
        }

        if (Known(thing) is { } known)
        {
            return known;
        }

        if (fresh)
        {
            return thing == "member" ? await Member()
                : await signIns.Make(thing) ?? await corners.Make(thing) ?? await failures.Make(thing, Seller.Things) ?? await Buyer.Make(thing) ?? await Seller.Make(thing);
        }

        // One that only {new …} asks for: strangers try the door of one that nobody changes.
        return (spare ? null : Standing(thing)) ?? await tried.GetOrAdd(
            thing, _ => new(() => Thing(thing, fresh: true, spare: false))).Value;
    }

    private string? Known(string thing) => thing switch
    {
        "stripe type" => "customer",
        "address" => people["viewer"].Email,
        "password" => People.Password,
        _ => Newcomer.OfAnother(thing, this),
    };

    // Others change things at the same time: where another one cannot be made, the used one does.
    private async Task<string> Another(string thing, string used)
    {
        try
        {
            return await Thing(thing, fresh: true, spare: false);
        }
        catch (StoryException)
        {
            return used;
        }
    }

    private async Task<string> Member()
    {
        using var person = await Person.SignUp(settings, $"member{Interlocked.Increment(ref made)}");
        await Seller.Join(Seller.Owner, Seller.Things["provider"], person, "viewer");
        return person.Id;
    }

    private async Task Populate()
    {
        people["anonymous"] = new Person("anonymous", settings.Gateway, token: null);
        foreach (var name in AccessTable.Callers.Except(["anonymous", "operator", "machine", "newcomer"]))
        {
            people[name] = await Person.SignUp(settings, name);
        }

        using var signIn = new Client(settings.Gateway);
        var session = await signIn.Post("/v1/sessions", new { email = "operator@marketplace.localhost", password = system.OperatorPassword });
        signIn.Token = (string)session["accessToken"]!;
        people["operator"] = new Person("operator", settings.Gateway, (string)(await signIn.Post("/v1/tokens", new { title = "Walls" }))["token"]!);

        Seller = new Seller(settings, people["owner"], "ours");
        Rival = new Seller(settings, people["rival"], "rival");
        await Task.WhenAll(Seller.Open(), Rival.Open());
        Buyer = new Buyer(settings, Seller, people["consumer_admin"], "ours");
        Neighbour = new Buyer(settings, Seller, people["neighbour"], "neighbour");
        await Task.WhenAll(Buyer.Open(), Neighbour.Open());
        foreach (var role in new[] { "admin", "product_manager", "viewer" })
        {
            await Seller.Join(Seller.Owner, Seller.Things["provider"], people[role], role);
        }

        foreach (var role in new[] { "subscriber", "developer", "billing" })
        {
            await Seller.Join(Buyer.Admin, Buyer.Things["consumer"], people[role], role);
        }

        people["machine"] = await Machine(people["owner"]);
        people["newcomer"] = (await Newcomer.SignUp(this)).Person;
        // Where the tenant's are made when they are asked for, a rival's is one that the rival has.
        foreach (var product in new[] { "heir", "superseded product", "replaced product", "targeted product", "aimed product" })
        {
            Rival.Things[product] = Rival.Things["product"];
        }

        foreach (var plan in new[] { "heir plan", "replaced plan", "targeted plan" })
        {
            Rival.Things[plan] = Rival.Things["free plan"];
        }

        Seller.Things["session"] = await Session(people["owner"]);
        Seller.Things["member"] = people["viewer"].Id;
        Rival.Things["member"] = people["neighbour"].Id;
        Buyer.Things["event"] = await EventOf(people["owner"]);
    }

    // Reads whatever its owner may read, and changes nothing.
    private async Task<Person> Machine(Person owner) => new("machine", settings.Gateway, (string)(await owner.Client.Post("/v1/tokens", new
    {
        title = "Reader", scopes = new[] { "account:read", "organizations:read", "catalog:read", "subscriptions:read", "billing:read", "billing-system:read", "webhooks:read", "operations:read" },
    }))["token"]!);

    private static async Task<string> Session(Person person)
    {
        await person.Client.Post("/v1/sessions", new { email = person.Email, password = People.Password });
        return (string)(await person.Client.Get("/v1/sessions"))["data"]![0]!["id"]!;
    }

    private static async Task<string> EventOf(Person owner) => (await Check.Until(
        async () => (await owner.Client.Get("/v1/webhook-events"))["data"]!.AsArray(), events => events.Count > 0, "A webhook event of the tenant")).Value[0]!["id"]!.GetValue<string>();
}
