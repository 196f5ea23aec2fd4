using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class StripeError : StripeEntity<StripeError>
{
    public string AdviceCode { get; set; }
    public string Charge { get; set; }
    public string Code { get; set; }
    public string DeclineCode { get; set; }
    public string DocUrl { get; set; }
    public string Message { get; set; }
    public string NetworkAdviceCode { get; set; }
    public string NetworkDeclineCode { get; set; }
    public string Param { get; set; }
    public PaymentIntent PaymentIntent { get; set; }
    public PaymentMethod PaymentMethod { get; set; }
    public string PaymentMethodType { get; set; }
    public string RequestLogUrl { get; set; }
    public SetupIntent SetupIntent { get; set; }
    public IPaymentSource Source { get; set; }
    public string Type { get; set; }
    public string UserMessage { get; set; }

    /// <summary>Set by OAuth's endpoints only.</summary>
    public string Error { get; set; }

    /// <summary>Set by OAuth's endpoints only.</summary>
    public string ErrorDescription { get; set; }
}
