using System.Net;
using System.Runtime.CompilerServices;

namespace Stripe;

public abstract class Service
{
    private readonly ApiRequestor requestor;

    protected Service()
    {
    }

    protected Service(IStripeClient client) : this(ApiRequestor.Of(client))
    {
    }

    internal Service(ApiRequestor requestor) => this.requestor = requestor;

    internal ApiRequestor Requestor => requestor ?? ApiRequestor.Of(StripeConfiguration.StripeClient);

    private protected static string Segment(string id) => WebUtility.UrlEncode(id);

    private protected Task<T> SendAsync<T>(HttpMethod method, string path, BaseOptions options, RequestOptions requestOptions, CancellationToken cancellationToken)
        where T : IStripeEntity =>
        Requestor.SendAsync<T>(method, path, options, requestOptions, cancellationToken);

    /// <summary>Every item of every page; with <c>EndingBefore</c> alone the walk goes backwards.</summary>
    private protected async IAsyncEnumerable<T> PagesAsync<T>(string path, ListOptions options, RequestOptions requestOptions, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IStripeEntity
    {
        var next = (ListOptions)options?.Clone() ?? new ListOptions();
        var backwards = !string.IsNullOrEmpty(next.EndingBefore) && string.IsNullOrEmpty(next.StartingAfter);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = await SendAsync<StripeList<T>>(HttpMethod.Get, path, next, requestOptions, cancellationToken);
            if (backwards)
            {
                page.Reverse();
            }

            string last = null;
            // An object of a kind that the library does not know arrives as null.
            foreach (var item in page.Where(x => x is not null))
            {
                cancellationToken.ThrowIfCancellationRequested();
                last = ((IHasId)item).Id;
                yield return item;
            }

            if (!page.HasMore || string.IsNullOrEmpty(last))
            {
                yield break;
            }

            (next.StartingAfter, next.EndingBefore) = backwards ? (next.StartingAfter, last) : (last, next.EndingBefore);
        }
    }

    private protected async IAsyncEnumerable<T> SearchPagesAsync<T>(string path, SearchOptions options, RequestOptions requestOptions, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IStripeEntity
    {
        var next = (SearchOptions)options?.Clone() ?? new SearchOptions();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = await SendAsync<StripeSearchResult<T>>(HttpMethod.Get, path, next, requestOptions, cancellationToken);
            foreach (var item in page.Where(x => x is not null))
            {
                yield return item;
            }

            if (!page.HasMore || string.IsNullOrEmpty(page.NextPage))
            {
                yield break;
            }

            next.Page = page.NextPage;
        }
    }
}
