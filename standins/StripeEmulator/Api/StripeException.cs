using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Api;

/// <summary>A refusal in Stripe's words: status, type, code, message, param.</summary>
public sealed class StripeException(int status, string type, string? code, string message, string? param = null) : Exception(message)
{
    public int Status { get; } = status;

    public string Type { get; } = type;

    public string? Code { get; } = code;

    public string? Param { get; } = param;

    /// <summary>More fields of the error object: decline_code, payment_intent, charge and the like.</summary>
    public JsonObject More { get; init; } = [];

    /// <summary>True when what happened before the refusal stays: a declined payment is an attempt all the same.</summary>
    public bool Keeps { get; init; }

    /// <summary>Ends when what was kept is on disk.</summary>
    public Task Durable { get; set; } = Task.CompletedTask;

    public static StripeException Invalid(string message, string? param = null, string? code = null) =>
        new(400, "invalid_request_error", code, message, param);

    public static StripeException Missing(string param) => Invalid($"Missing required param: {param}.", param, "parameter_missing");

    public static StripeException Exclusive(string first, string second) =>
        Invalid($"You may only specify one of these parameters: {first}, {second}.", first, "parameters_exclusive");

    /// <summary>A parameter that Stripe takes and the emulator does not: refused by name instead of ignored.</summary>
    public static StripeException NotEmulated(string param) => Invalid($"The Stripe emulator does not support '{param}' on this endpoint.", param);

    public static StripeException BelowOne(string param) => Invalid("This value must be greater than or equal to 1.", param, "parameter_invalid_integer");

    public static StripeException Negative(string param) => Invalid("Invalid non-negative integer", param, "parameter_invalid_integer");

    public static StripeException TooLong(string param, int most) => Invalid($"Invalid string: must be at most {most} characters", param);

    public static StripeException TooMany(string param, int most) => Invalid($"Array {param} exceeded maximum {most} allowed elements.", param);

    /// <summary>More calls in a second than the account may make.</summary>
    public static StripeException RateLimit() => new(
        429,
        "invalid_request_error",
        "rate_limit",
        "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.");

    /// <summary>An address that Stripe does not have.</summary>
    public static StripeException Unrecognized(HttpRequest request) => new(
        404,
        "invalid_request_error",
        null,
        $"Unrecognized request URL ({request.Method}: {request.Path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.");

    /// <summary>Another call works on the object, and has for too long.</summary>
    public static StripeException LockTimeout() => new(
        429,
        "invalid_request_error",
        "lock_timeout",
        "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate. For more details, see https://stripe.com/docs/rate-limits#object-lock-timeouts.");

    /// <summary>An object named in the path that is not there.</summary>
    public static StripeException NotFound(string kind, string id, string param = "id") =>
        new(404, "invalid_request_error", "resource_missing", $"No such {Noun(kind)}: '{id}'", param);

    /// <summary>An object named by a parameter that is not there.</summary>
    public static StripeException NoSuch(string kind, string id, string param) =>
        Invalid($"No such {Noun(kind)}: '{id}'", param, "resource_missing");

    /// <summary>The object is there, in the other mode.</summary>
    public static StripeException OtherMode(int status, string kind, string id, bool asked, string param) => new(
        status,
        "invalid_request_error",
        "resource_missing",
        $"No such {Noun(kind)}: '{id}'; a similar object exists in {(asked ? "test" : "live")} mode, but a {(asked ? "live" : "test")} mode key was used to make this request.",
        param);

    /// <summary>Where Stripe explains an error code.</summary>
    public static string DocUrl(string code) => "https://stripe.com/docs/error-codes/" + code.Replace('_', '-');

    /// <summary>The body that Stripe sends.</summary>
    public JsonObject Body(string requestId, bool livemode)
    {
        var error = new JsonObject { ["message"] = Message, ["type"] = Type };
        if (Code is not null)
        {
            error["code"] = Code;
            error["doc_url"] = DocUrl(Code);
        }

        if (Param is not null)
        {
            error["param"] = Param;
        }

        error["request_log_url"] = $"https://dashboard.stripe.com/{(livemode ? "" : "test/")}logs/{requestId}";
        foreach (var (name, value) in More)
        {
            error[name] = value?.DeepClone();
        }

        return new JsonObject { ["error"] = error };
    }

    private static string Noun(string kind) => kind switch
    {
        "payment_method" => "PaymentMethod",
        "payment_intent" => "payment_intent",
        "setup_intent" => "setupintent",
        "balance_transaction" => "balance transaction",
        "webhook_endpoint" => "webhook endpoint",
        "invoiceitem" => "invoiceitem",
        "line_item" => "invoice line item",
        "customer_balance_transaction" => "customer balance transaction",
        "invoice_payment" => "invoice payment",
        "tax_rate" => "tax rate",
        "billing_portal.configuration" => "configuration",
        _ => kind,
    };
}
