namespace Stripe;

public class V1Services : Service
{
    internal V1Services(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual AccountService Accounts => field ??= new(Requestor);

    public virtual BillingService Billing => field ??= new(Requestor);

    public virtual BillingPortalService BillingPortal => field ??= new(Requestor);

    public virtual ChargeService Charges => field ??= new(Requestor);

    public virtual CheckoutService Checkout => field ??= new(Requestor);

    public virtual CouponService Coupons => field ??= new(Requestor);

    public virtual CreditNoteService CreditNotes => field ??= new(Requestor);

    public virtual CustomerService Customers => field ??= new(Requestor);

    public virtual DisputeService Disputes => field ??= new(Requestor);

    public virtual EventService Events => field ??= new(Requestor);

    public virtual InvoiceService Invoices => field ??= new(Requestor);

    public virtual InvoiceItemService InvoiceItems => field ??= new(Requestor);

    public virtual InvoicePaymentService InvoicePayments => field ??= new(Requestor);

    public virtual PaymentIntentService PaymentIntents => field ??= new(Requestor);

    public virtual PaymentMethodService PaymentMethods => field ??= new(Requestor);

    public virtual PriceService Prices => field ??= new(Requestor);

    public virtual ProductService Products => field ??= new(Requestor);

    public virtual PromotionCodeService PromotionCodes => field ??= new(Requestor);

    public virtual RefundService Refunds => field ??= new(Requestor);

    public virtual SetupIntentService SetupIntents => field ??= new(Requestor);

    public virtual SubscriptionService Subscriptions => field ??= new(Requestor);

    public virtual SubscriptionItemService SubscriptionItems => field ??= new(Requestor);

    public virtual TaxRateService TaxRates => field ??= new(Requestor);

    public virtual TestHelpersService TestHelpers => field ??= new(Requestor);

    public virtual WebhookEndpointService WebhookEndpoints => field ??= new(Requestor);
}

public class BillingService : Service
{
    internal BillingService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Billing.MeterService Meters => field ??= new(Requestor);

    public virtual Billing.MeterEventService MeterEvents => field ??= new(Requestor);

    public virtual Billing.MeterEventAdjustmentService MeterEventAdjustments => field ??= new(Requestor);
}

public class BillingPortalService : Service
{
    internal BillingPortalService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual BillingPortal.ConfigurationService Configurations => field ??= new(Requestor);

    public virtual BillingPortal.SessionService Sessions => field ??= new(Requestor);
}

public class CheckoutService : Service
{
    internal CheckoutService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Checkout.SessionService Sessions => field ??= new(Requestor);
}

public class TestHelpersService : Service
{
    internal TestHelpersService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual TestHelpers.TestClockService TestClocks => field ??= new(Requestor);
}
