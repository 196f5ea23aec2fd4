namespace Marketplace.StripeEmulator.Pages;

/// <summary>Answers a form post with 303, so that reloading does not post again.</summary>
public static class SeeOther
{
    public static IResult To(string address) => new Answer(address);

    private sealed class Answer(string address) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = 303;
            httpContext.Response.Headers.Location = address;
            httpContext.Response.Headers["Referrer-Policy"] = "no-referrer";
            return Task.CompletedTask;
        }
    }
}
